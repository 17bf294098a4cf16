import { expect, it } from 'vitest';
import { UserCountLines } from '../../../../src/cli/outputs/user-count-lines.ts';
import { Log } from '../../../../src/cli/process/log.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

it('says every ten seconds how many users run, where that is new', async () => {
  const lines: string[] = [];
  const terminal = { out: () => undefined, err: (text: string) => void lines.push(text) };
  const clock = new FakeClock();
  const log = new Log({ logLevel: 'info', logFile: undefined }, terminal, () => 0);
  const worker = { runningUsers: 0 };
  const counts = new UserCountLines(worker, log, clock);

  counts.start();
  for (const users of [0, 1, 40, 40]) {
    worker.runningUsers = users;
    await clock.advance(10_000);
  }
  counts.stop();
  worker.runningUsers = 7;
  await clock.advance(60_000);

  expect(lines).toEqual([
    '1970-01-01T00:00:00Z info 1 user runs here\n',
    '1970-01-01T00:00:00Z info 40 users run here\n',
  ]);
});
