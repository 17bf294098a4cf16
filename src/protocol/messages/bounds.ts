import { z } from 'zod';

/** 31 years: no machine runs for so long, and sums of several stay far from where numbers get inexact. */
const MAX_INSTANT_US = 1e15;

/** An instant of a monotonic clock, or of the run, in microseconds. */
export const instantUs: z.ZodType<number> = z.number().min(-MAX_INSTANT_US).max(MAX_INSTANT_US);

/** An instant of the run, in milliseconds. */
export const instantMs: z.ZodType<number> = z
  .number()
  .min(-MAX_INSTANT_US / 1000)
  .max(MAX_INSTANT_US / 1000);

/** How long something lasts, in milliseconds. */
export const durationMs: z.ZodType<number> = z
  .number()
  .min(0)
  .max(MAX_INSTANT_US / 1000);
