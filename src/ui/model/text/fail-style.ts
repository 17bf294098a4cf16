import { BAD, DIM, PLAIN, type Style, WARN } from './line.ts';

const WARN_SHARE = 0.01;
const BAD_SHARE = 0.05;

/** The style of a share of failures: dim at 0, plain below 1 %, yellow below 5 %, red from there on. */
export function failStyle(failed: number, total: number): Style {
  if (failed === 0 || total === 0) return DIM;
  const share = failed / total;
  if (share < WARN_SHARE) return PLAIN;
  return share < BAD_SHARE ? WARN : BAD;
}
