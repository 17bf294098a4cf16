import { describe, expect, it } from 'vitest';
import { masterAddress } from '../../../../../src/cli/options/table/master-address.ts';

describe('masterAddress', () => {
  it.each([
    ['127.0.0.1', 'ws://127.0.0.1:5557'],
    ['load-master:6000', 'ws://load-master:6000'],
    ['[::1]', 'ws://[::1]:5557'],
    ['ws://a:80', 'ws://a:80'],
    ['wss://a/', 'wss://a:5557'],
  ])('takes %s', (text, value) => {
    expect(masterAddress(text)).toEqual({ ok: true, value });
  });

  it.each(['', 'http://a', 'a:port', 'ws://a/path', 'ws://user@a', 'a b'])(
    'refuses "%s"',
    (text) => {
      expect(masterAddress(text)).toMatchObject({ ok: false });
    },
  );
});
