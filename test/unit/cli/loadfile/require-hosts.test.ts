import { describe, expect, it } from 'vitest';
import { requireHosts } from '../../../../src/cli/loadfile/require-hosts.ts';
import { loadedScript } from '../../../support/loaded-script.ts';

const WEB = `import { HttpUser } from 'katydid';
  export class Web extends HttpUser { static tasks = [() => 1]; }`;
const SOCKET = `import { User } from 'katydid';
  export class Socket extends User { static tasks = [() => 1]; }`;

describe('requireHosts', () => {
  it('takes any scheme where no class talks HTTP', async () => {
    const model = await loadedScript(SOCKET);

    expect(() => requireHosts(model, 'tcp://127.0.0.1:7000')).not.toThrow();
    expect(() => requireHosts(model, undefined)).not.toThrow();
  });

  it('wants http or https for a class with an HTTP client, and says which one', async () => {
    const model = await loadedScript(WEB);

    expect(() => requireHosts(model, 'https://example.org')).not.toThrow();
    expect(() => requireHosts(model, 'tcp://127.0.0.1:7000')).toThrow(
      '--host tcp://127.0.0.1:7000: Web needs a URL with http:// or https://',
    );
    expect(() => requireHosts(model, undefined)).toThrow('no host is known for Web');
  });
});
