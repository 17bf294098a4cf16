import { canDrawScreen } from '../../ui/model/text/caps.ts';

/**
 * Whether to draw the terminal UI.
 *
 * @param headless - As asked for; `undefined`: where there is no terminal.
 */
export function shouldDrawScreen(headless: boolean | undefined): boolean {
  return headless !== true && canDrawScreen(process.env, process.stdout.isTTY);
}
