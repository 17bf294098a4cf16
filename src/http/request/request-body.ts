import { messageOf } from '../../base/errors.ts';
import type { WireBody } from '../exchange/exchange.ts';
import { RequestBodyError } from '../exchange/http-errors.ts';
import type { RequestBody, RequestOptions } from '../user/http-options.ts';
import { encodeFields } from './url-fields.ts';

/** A body ready for the wire, and the type that it has by itself. */
export interface PreparedBody {
  readonly body: WireBody;
  readonly contentType: string | undefined;
}

/** No body. */
export const NO_BODY: PreparedBody = { body: null, contentType: undefined };

const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8';

/**
 * What `json`, `form` or `body` of a request come to on the wire. Only `FormData` and `Blob` need a
 * promise; they are held whole, so that their length is known and a redirect can carry them again.
 *
 * @throws {RequestBodyError} where it cannot be serialised, is of no known kind, or two are given.
 */
export function prepareBody(options: RequestOptions): PreparedBody | Promise<PreparedBody> {
  const { json, form, body } = options;
  if (json === undefined && form === undefined) return body == null ? NO_BODY : prepareRaw(body);
  if (body != null || (json !== undefined && form !== undefined)) {
    throw new RequestBodyError('give one of json, form and body');
  }
  if (form !== undefined)
    return { body: Buffer.from(encodeFields(form, 'form')), contentType: FORM_TYPE };
  return { body: serialise(json), contentType: 'application/json' };
}

function serialise(json: unknown): Uint8Array {
  let text: string | undefined;
  try {
    text = JSON.stringify(json);
  } catch (error) {
    throw new RequestBodyError(messageOf(error), error);
  }
  if (text === undefined) throw new RequestBodyError(`a ${typeof json} has no JSON`);
  return Buffer.from(text);
}

function prepareRaw(body: RequestBody): PreparedBody | Promise<PreparedBody> {
  if (typeof body === 'string') return { body: Buffer.from(body), contentType: undefined };
  if (body instanceof Uint8Array) return { body, contentType: undefined };
  if (ArrayBuffer.isView(body)) {
    const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    return { body: bytes, contentType: undefined };
  }
  if (body instanceof ArrayBuffer) return { body: new Uint8Array(body), contentType: undefined };
  if (body instanceof URLSearchParams) {
    return { body: Buffer.from(body.toString()), contentType: FORM_TYPE };
  }
  if (body instanceof FormData || body instanceof Blob) return readWhole(body);
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    return { body: checkedChunks(body), contentType: undefined };
  }
  throw new RequestBodyError(
    'the body is no string, bytes, form, blob or stream; use json for objects',
  );
}

async function readWhole(body: FormData | Blob): Promise<PreparedBody> {
  try {
    // The platform's own encoder of multipart forms.
    const encoded = new Response(body);
    const contentType = encoded.headers.get('content-type') ?? undefined;
    return { body: new Uint8Array(await encoded.arrayBuffer()), contentType };
  } catch (error) {
    throw new RequestBodyError(messageOf(error), error);
  }
}

/** The script's chunks as bytes; what goes wrong in there is named as the script's. */
async function* checkedChunks(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) yield chunkBytes(chunk);
  } catch (error) {
    throw error instanceof RequestBodyError ? error : new RequestBodyError(messageOf(error), error);
  }
}

function chunkBytes(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new RequestBodyError('a chunk of the body is neither text nor bytes');
}
