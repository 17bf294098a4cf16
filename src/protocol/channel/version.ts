/**
 * Version of what masters and workers say to each other. Both ends must have the same one: a worker
 * of another version is refused with both numbers in the message.
 */
export const PROTOCOL_VERSION = 4;

/** HTTP path on the master's port where workers join. */
export const WORKER_PATH = '/worker';

/** HTTP path on the master's port where the terminal UI and `ctl` attach. */
export const CONTROL_PATH = '/control';

/** Request header that carries `PROTOCOL_VERSION`, so that a mismatch is refused before any frame is read. */
export const PROTOCOL_HEADER = 'x-katydid-protocol';

/** Request header that carries the package's version, which a refusal's message shows. */
export const VERSION_HEADER = 'x-katydid-version';

/** Largest WebSocket message either end accepts, in bytes; larger things go in chunks. */
export const MAX_MESSAGE_BYTES: number = 96 * 1024;

/** Payload of one chunk of a script or an interval, in bytes. */
export const CHUNK_BYTES: number = 64 * 1024;
