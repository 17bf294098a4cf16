import { describe, expect, it } from 'vitest';
import { startPracticeServer } from '../../examples/practice-server.ts';
import { readGuide } from '../support/guide-blocks.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { runLoadFile, sentByRoute } from './support/example-runs.ts';

/** Each document, and how many whole load files it must have at least, so that none gets lost. */
const GUIDES = [
  { name: 'load-file.md', atLeast: 14 },
  { name: 'from-locust.md', atLeast: 2 },
];

describe.concurrent.each(GUIDES)('docs/$name', ({ name, atLeast }) => {
  const { blocks, files } = readGuide(name);
  const runnable = blocks.flatMap(({ place, code, args }) =>
    args === undefined ? [] : [{ place, code, args }],
  );

  it(`has ${atLeast} load files or more that say how to run them`, () => {
    expect(runnable.length).toBeGreaterThanOrEqual(atLeast);
  });

  it.each(runnable)('$place runs, and the server counts the same', async ({ code, args }) => {
    const server = await startPracticeServer();
    using folder = new TempFolder();
    try {
      for (const [file, text] of files) folder.write(file, text);
      const loadfile = folder.write('loadfile.ts', code);

      const run = await runLoadFile('run', loadfile, ['-H', server.url, ...args]);

      const counts = Object.entries(server.facts().counts);
      expect(overHttp(sentByRoute(run.json))).toEqual(
        Object.fromEntries(counts.map(([route, { requests }]) => [route, requests])),
      );
      expect(run.json.exceptions).toEqual([]);
      if (code.includes('throw new StopUser()')) {
        expect(run.json.run.stopReason).toBe('users-done');
      }
      // 4: the machine was too slow for the test, which says nothing about the document.
      expect([0, 4], run.stderr).toContain(run.status);
    } finally {
      await server.close();
    }
  });
});

/** Without what `events.request.measure` counted: the server knows nothing of that. */
function overHttp(sent: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(sent).filter(([route]) => !/^(CPU|FIRST) /.test(route)));
}
