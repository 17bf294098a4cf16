/**
 * Plays simulated clusters under faults, outside the tests: `npm run simulate -- --help`.
 */
import { parseArgs } from 'node:util';
import { playStory, STORIES } from './support/simulation-stories.ts';

const USAGE = `npm run simulate -- [--story NAME] [--seed N] [--count N]

Plays simulated clusters: master and workers in one process, on a network and clocks that fail as the seed
says. Prints the seed of each schedule after which something does not hold, and what.

  --story NAME  ${Object.keys(STORIES).join(', ')}; default: all
  --seed N      the first seed; default: from the clock
  --count N     schedules of each story; default: 1 with --seed, else 100
`;

const { values } = parseArgs({
  options: {
    story: { type: 'string' },
    seed: { type: 'string' },
    count: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help === true) {
  process.stdout.write(USAGE);
} else {
  const first = Number(values.seed ?? Date.now() % 1e9);
  const count = Number(values.count ?? (values.seed === undefined ? 100 : 1));
  const stories = values.story === undefined ? Object.keys(STORIES) : [values.story];
  process.exitCode = (await play(stories, first, count)) === 0 ? 0 : 1;
}

async function play(stories: readonly string[], first: number, count: number): Promise<number> {
  let failures = 0;
  for (const story of stories) {
    for (let seed = first; seed < first + count; seed += 1) {
      const problems = await playStory(story, seed);
      if (problems.length === 0) continue;
      failures += 1;
      process.stdout.write(`${story} ${seed}:\n  ${problems.join('\n  ')}\n`);
      process.stdout.write(`  again: npm run simulate -- --story ${story} --seed ${seed}\n`);
    }
  }
  process.stdout.write(
    `${stories.length * count} schedules from seed ${first}, ${failures} failed\n`,
  );
  return failures;
}
