import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { connectMaster } from '../../../src/worker/link/connect-master.ts';
import { atEnd } from '../../support/at-end.ts';
import { listenHere } from '../../support/listening-server.ts';
import { HUB_TOKEN, openedHub } from '../../support/opened-hub.ts';

describe('connectMaster', () => {
  it('opens a connection that carries both kinds of messages', async () => {
    const { url, workers } = await openedHub();
    const transport = await connectMaster({ url, token: HUB_TOKEN });
    const [server] = workers;
    const heard = new Promise<string>((resolve) => {
      server?.open({
        onText: (text) => resolve(text),
        onBytes: () => undefined,
        onClose: () => undefined,
      });
    });
    const closed = new Promise<string>((resolve) => {
      transport.open({ onText: () => undefined, onBytes: () => undefined, onClose: resolve });
    });
    transport.sendText('hello');
    expect(await heard).toBe('hello');
    server?.close('the run is over');
    expect(await closed).toBe('the run is over');
  });

  it('says in the master’s own words that the token is wrong', async () => {
    const { url } = await openedHub();
    await expect(connectMaster({ url, token: 'wrong' })).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: expect.stringContaining('the join token is wrong'),
      hint: expect.stringContaining('--token'),
    });
  });

  it.each([
    ['another server', (text: string) => text],
    ['one that answers without end', (text: string) => text.repeat(2000)],
  ])('says that %s is no master', async (_what, bodyOf) => {
    const server = createServer((_request, response) => {
      response.end(bodyOf('<html>'));
    });
    const port = await listenHere(server);
    atEnd(() => server.closeAllConnections());
    await expect(
      connectMaster({ url: `ws://127.0.0.1:${port}`, token: HUB_TOKEN }),
    ).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: expect.stringContaining('no katydid master'),
    });
  });

  it('leaves it to the caller to try again where nobody listens', async () => {
    const { hub, url } = await openedHub();
    await hub.close();
    const failure: unknown = await connectMaster({ url, token: HUB_TOKEN }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
