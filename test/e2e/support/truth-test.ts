import { type TestAPI, test } from 'vitest';
import { TempFolder } from '../../support/temp-folder.ts';
import { startTruthServer, type TruthServer } from '../../support/truth-server.ts';

/** What a test of a whole run has to itself, so that several can go on at once. */
export interface TruthContext {
  /** The system under test, which counts. */
  readonly server: TruthServer;
  /** Where katydid is started, and where its outputs are. */
  readonly folder: TempFolder;
}

/** `it` with a server and a folder for each test. */
export const truthTest: TestAPI<TruthContext> = test.extend<TruthContext>({
  server: async ({ onTestFinished }, use) => {
    const server = await startTruthServer();
    onTestFinished(() => server.close());
    await use(server);
  },
  folder: async ({ onTestFinished }, use) => {
    const folder = new TempFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    await use(folder);
  },
});
