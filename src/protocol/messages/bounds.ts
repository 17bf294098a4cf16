import { z } from 'zod';
import { MAX_USERS } from '../../load/user-classes.ts';

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

/** The number of a user. Lists of users are as long as the largest number in them. */
export const userNumber: z.ZodType<number> = z
  .int()
  .min(0)
  .max(MAX_USERS - 1);

/**
 * The number of a lease, from 1; 0 before the first. A master ends every lease below the one that a
 * worker names, one by one. A worker that is lost every 5 s gets here after 14 hours.
 */
export const leaseEpoch: z.ZodType<number> = z.int().min(0).max(10_000);
