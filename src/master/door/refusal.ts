/** Why a request was not let in. */
export interface Refusal {
  /** HTTP status line without the version, such as `401 Unauthorized`. */
  readonly status: string;
  readonly message: string;
  readonly hint: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** For plain HTTP at a master with TLS; `dialMaster` dials again with TLS. */
export const WANTS_TLS: Refusal = {
  status: '426 Upgrade Required',
  message: 'the master speaks TLS on this port',
  hint: 'Use wss:// in its address.',
  headers: { upgrade: 'TLS/1.3' },
};

/**
 * A refusal as a whole HTTP answer, after which the connection is closed.
 *
 * @param method - Of the request: the answer to HEAD has no body.
 */
export function refusalBytes(
  { status, message, hint, headers = {} }: Refusal,
  method: string | undefined,
): string {
  const body = JSON.stringify({ message, hint });
  const lines = [
    `HTTP/1.1 ${status}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`;
}
