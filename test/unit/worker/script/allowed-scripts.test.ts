import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../../../../src/protocol/messages/master-messages.ts';
import { encodeBundle, scriptBundle } from '../../../../src/script/bundle/script-bundle.ts';
import { AllowedScripts } from '../../../../src/worker/script/allowed-scripts.ts';
import type { LoadedScript, ScriptLink } from '../../../../src/worker/script/script-host.ts';

const bundle = scriptBundle('/loadfile.ts', 'loadfile.ts', 'export const a = 1;');
const bytes = encodeBundle(bundle);
const loaded: LoadedScript = { createUser: () => undefined };
// Handed on untouched, and so never looked at here.
const config = {} as RunConfig;
const link = {} as ScriptLink;

function allowing(...allowed: string[]) {
  const refused: string[] = [];
  let loads = 0;
  const host = {
    load: () => {
      loads += 1;
      return Promise.resolve(loaded);
    },
  };
  const scripts = new AllowedScripts(host, allowed, (sha256) => refused.push(sha256));
  return { scripts, refused, loads: () => loads };
}

describe('the allowed scripts', () => {
  it.each([[[]], [[bundle.sha256]], [['0'.repeat(64), bundle.sha256]]])(
    'are loaded where %j are allowed',
    async (allowed) => {
      const { scripts, refused } = allowing(...allowed);

      expect(await scripts.load(bytes, config, link)).toBe(loaded);
      expect(refused).toEqual([]);
    },
  );

  it('are no others: nothing of them is loaded, and the worker hears of it', async () => {
    const { scripts, refused, loads } = allowing('0'.repeat(64));

    void scripts.load(bytes, config, link);
    await Promise.resolve();

    expect([refused, loads()]).toEqual([[bundle.sha256], 0]);
  });

  it('cannot be taken for another by saying so: the hash is that of the content', async () => {
    const text = Buffer.from(bytes).toString('latin1').replace('a = 1', 'a = 2');
    const { scripts, loads } = allowing(bundle.sha256);

    await expect(scripts.load(Buffer.from(text, 'latin1'), config, link)).rejects.toMatchObject({
      code: 'KAT_SCRIPT',
    });
    expect(loads()).toBe(0);
  });
});
