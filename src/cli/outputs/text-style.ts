import type { TextStyle } from '../../report/text-layout.ts';
import { detectCaps } from '../../ui/model/text/caps.ts';

/** How text for people is to look on standard output: colour only where that is a terminal. */
export function textStyle(): TextStyle {
  const caps = detectCaps({
    env: process.env,
    stdinIsTty: process.stdin.isTTY,
    platform: process.platform,
  });
  return { isColored: caps.color !== 'none' && process.stdout.isTTY, glyphs: caps.glyphs };
}
