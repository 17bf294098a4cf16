import { describe, expect, it } from 'vitest';
import failed from '../../fixtures/simulation-seeds.json' with { type: 'json' };
import { playStory, STORIES } from '../../support/simulation-stories.ts';

/** Schedules of each story that nobody has played before; `npm run simulate -- --count N` plays more. */
const FRESH = 40;
const FIRST_SEED = Date.now() % 1_000_000_000;

async function play(story: string, seed: number): Promise<void> {
  const problems = await playStory(story, seed);
  const again = `npm run simulate -- --story ${story} --seed ${seed}`;
  expect(
    problems,
    `again: ${again}; then add the seed to test/fixtures/simulation-seeds.json`,
  ).toEqual([]);
}

describe('a cluster under faults', { timeout: 120_000 }, () => {
  it.each(Object.keys(STORIES))(
    `counts every request once, and runs nobody twice: ${FRESH} new schedules of «%s» from seed ${FIRST_SEED}`,
    async (story) => {
      for (let seed = FIRST_SEED; seed < FIRST_SEED + FRESH; seed += 1) await play(story, seed);
    },
  );

  it.each(Object.entries(failed))(
    'does so in all that failed once, of «%s»',
    async (story, seeds) => {
      for (const seed of seeds) await play(story, seed);
    },
  );
});
