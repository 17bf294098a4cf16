import type { TextStyle } from '../../report/text-layout.ts';
import { detectCaps } from '../../ui/model/text/caps.ts';

/** How text for people is to look on standard output: colour and a width only where that is a terminal. */
export function textStyle(): TextStyle {
  const caps = detectCaps({
    env: process.env,
    stdinIsTty: process.stdin.isTTY,
    platform: process.platform,
  });
  const isTerminal = process.stdout.isTTY;
  const style = { isColored: caps.color !== 'none' && isTerminal, glyphs: caps.glyphs };
  return isTerminal ? { ...style, columns: terminalColumns() } : style;
}

/** The width of the terminal; COLUMNS wins, for terminals that do not tell theirs. */
function terminalColumns(): number {
  const wanted = Number(process.env['COLUMNS']);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : process.stdout.columns;
}
