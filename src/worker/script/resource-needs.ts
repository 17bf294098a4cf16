import { withCommas } from '../../base/format.ts';

/** Files kept back from users' sockets: a new connection to the master, look-ups of names, a file to write. */
export const SPARE_FILES = 16;
/** Memory of a connected user at rest: 13 kB as measured (see `bench`), and room for what its script keeps. */
export const BYTES_PER_USER: number = 20 * 1024;

/** What a process may use; `undefined` where that cannot be known. */
export interface ProcessLimits {
  /** Files that it may have open, sockets among them. */
  readonly openFiles: number | undefined;
  /** Files that it has open now. */
  readonly usedFiles: number;
  /** Ports that connections of one address to another can have. */
  readonly ports: number | undefined;
  /** Bytes that it can still get, within its container's limit. */
  readonly memoryBytes: number;
}

/** What a worker has, and what it is to run. */
export interface ResourceNeeds {
  /** Users that it will have at the peak. */
  readonly users: number;
  /**
   * Users of all workers on this machine, which share its ports; 0 where another worker speaks for all of
   * them.
   */
  readonly usersOfMachine: number;
  /** Addresses that its users connect from, at least 1. */
  readonly localAddresses: number;
  /** Sockets that users may have open at once; `undefined`: not known. */
  readonly maxSockets: number | undefined;
  /** Ports of one address; `undefined`: not known. */
  readonly ports: number | undefined;
  readonly memoryBytes: number;
}

/** How many of the files that the process may have open are left for users' sockets. */
export function maxSocketsOf(openFiles: number | undefined, usedFiles: number): number | undefined {
  return openFiles === undefined ? undefined : Math.max(1, openFiles - usedFiles - SPARE_FILES);
}

/**
 * Says what will not be enough for the users asked for, and what to do: one sentence for each lack. No lack
 * is certain, since users may have no connection, or several, or go to several addresses; so none keeps a run
 * from beginning.
 */
export function resourceWarnings(needs: ResourceNeeds): readonly string[] {
  const { users, usersOfMachine, localAddresses, maxSockets, ports, memoryBytes } = needs;
  const warnings: string[] = [];
  if (maxSockets !== undefined && users > maxSockets) {
    warnings.push(
      `${withCommas(users)} users here need a connection each, and this process may have ${withCommas(maxSockets)} open: ` +
        'those beyond will fail with EMFILE; raise the limit (ulimit -Hn) or take more workers (-w)',
    );
  }
  if (ports !== undefined && usersOfMachine > ports * localAddresses) {
    const addresses = Math.ceil(usersOfMachine / ports);
    warnings.push(
      `${withCommas(usersOfMachine)} users on this machine need a port each, and ${localAddresses === 1 ? 'one address has' : `${localAddresses} addresses have`} ` +
        `${withCommas(ports * localAddresses)} to one target: those beyond will fail with EADDRNOTAVAIL; ` +
        `give ${addresses} addresses with --local-address, or take more machines`,
    );
  }
  const neededBytes = users * BYTES_PER_USER;
  if (neededBytes > memoryBytes) {
    warnings.push(
      `${withCommas(users)} users here need ${megabytes(neededBytes)} of memory or more, and there are ${megabytes(memoryBytes)}: ` +
        'take fewer users, or more machines',
    );
  }
  return warnings;
}

function megabytes(bytes: number): string {
  return `${withCommas(Math.round(bytes / 1024 / 1024))} MB`;
}
