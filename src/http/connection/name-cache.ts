import {
  type LookupAddress,
  type LookupAllOptions,
  type LookupOneOptions,
  lookup as systemLookup,
} from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Asks for all addresses of a name. */
export type NameLookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

type Waiter = (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void;

/** Names kept; a run that meets more of them looks some up again. */
const MAX_NAMES = 1000;

/**
 * Looks each name up once and keeps its addresses; failures are not kept. Asking for one name many times
 * at once asks the system once: its lookups share few threads, and thousands of users start together.
 */
export class NameCache {
  readonly #lookUp: NameLookup;
  readonly #known = new Map<string, readonly LookupAddress[]>();
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(lookUp: NameLookup = systemLookup) {
    this.#lookUp = lookUp;
  }

  /** For the `lookup` option of `node:net`. */
  readonly lookup: LookupFunction = (hostname, options, callback): void => {
    const wantsAll = (options as LookupOneOptions | LookupAllOptions).all === true;
    this.#addressesOf(hostname, (error, addresses) => {
      const [first] = addresses;
      if (error !== null || first === undefined) callback(error ?? noAddress(hostname), '', 0);
      else if (wantsAll) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };

  #addressesOf(hostname: string, waiter: Waiter): void {
    const known = this.#known.get(hostname);
    if (known !== undefined) {
      waiter(null, known);
      return;
    }
    const waiting = this.#waiting.get(hostname);
    if (waiting !== undefined) {
      waiting.push(waiter);
      return;
    }
    const waiters = [waiter];
    this.#waiting.set(hostname, waiters);
    this.#lookUp(hostname, { all: true }, (error, addresses) => {
      this.#waiting.delete(hostname);
      if (error === null && addresses.length > 0) this.#keep(hostname, addresses);
      for (const each of waiters) each(error, error === null ? addresses : []);
    });
  }

  #keep(hostname: string, addresses: readonly LookupAddress[]): void {
    if (this.#known.size >= MAX_NAMES) this.#known.clear();
    this.#known.set(hostname, addresses);
  }
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address of ${hostname}`), { code: 'ENOTFOUND' });
}
