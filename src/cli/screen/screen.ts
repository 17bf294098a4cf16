import { canDrawScreen } from '../../ui/model/text/caps.ts';

/**
 * Whether to draw the terminal UI.
 *
 * @param headless - The option `--headless`; without it, a terminal decides.
 */
export function shouldDrawScreen(headless: boolean | undefined): boolean {
  return headless !== true && canDrawScreen(process.env, process.stdout.isTTY);
}
