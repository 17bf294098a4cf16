import type { RunConfig } from '../../protocol/messages/master-messages.ts';
import { decodeBundle } from '../../script/bundle/script-bundle.ts';
import type { LoadedScript, ScriptHost, ScriptLink } from './script-host.ts';

/** Loads only scripts whose SHA-256 was allowed beforehand. */
export class AllowedScripts implements ScriptHost {
  readonly #scripts: ScriptHost;
  readonly #allowed: ReadonlySet<string>;
  readonly #onRefused: (sha256: string) => void;

  /**
   * @param allowed - SHA-256 in lower-case hex, as `run.scriptSha256` of the JSON summary; empty: any.
   * @param onRefused - Called in place of loading; the worker ends then.
   */
  constructor(
    scripts: ScriptHost,
    allowed: readonly string[],
    onRefused: (sha256: string) => void,
  ) {
    this.#scripts = scripts;
    this.#allowed = new Set(allowed);
    this.#onRefused = onRefused;
  }

  async load(script: Uint8Array, config: RunConfig, link: ScriptLink): Promise<LoadedScript> {
    if (this.#allowed.size > 0) {
      // Decoding compares the hash with the content and runs nothing.
      const { sha256 } = decodeBundle(script);
      if (!this.#allowed.has(sha256)) {
        this.#onRefused(sha256);
        // This never settles: a script that fails to load would end the run for all workers.
        return new Promise(() => undefined);
      }
    }
    return this.#scripts.load(script, config, link);
  }
}
