import { expect, it } from 'vitest';
import { HintLines } from '../../../../src/cli/outputs/hint-lines.ts';
import { Log } from '../../../../src/cli/process/log.ts';
import { snapshotOf } from '../../../support/snapshots.ts';

it('gives each hint once, however long the failures go on', () => {
  const lines: string[] = [];
  const terminal = { out: () => undefined, err: (text: string) => void lines.push(text) };
  const hints = new HintLines(new Log({ logLevel: 'info', logFile: undefined }, terminal, () => 0));
  const failure = { request: 'GET /', count: 3, first: 0, last: 9 };
  const shown = ['TLS: DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS: SELF_SIGNED_CERT_IN_CHAIN', 'HTTP 503'];
  const failures = { kinds: 3, shown: shown.map((message) => ({ ...failure, message })) };

  hints.snapshot({ ...snapshotOf(), failures });
  hints.snapshot({ ...snapshotOf(), failures });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/ warn TLS: DEPTH_ZERO_SELF_SIGNED_CERT: .* --insecure /);
});
