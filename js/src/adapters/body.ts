/** Reads a request's body as bytes, whether or not a parser has read it before. @module */
import type { IncomingMessage } from 'node:http';
import { MAX_BODY_BYTES } from '../internal.js';

/** One byte more than the body limit, so that a body that is too large is recognized. */
const READ_AT_MOST = MAX_BODY_BYTES + 1;
/** How much more is read and discarded, so that a client that is still sending receives the response. */
const DROP_AT_MOST = 16 * 1024 * 1024;

type Parsed = IncomingMessage & { body?: unknown; _body?: boolean };

/** The body, truncated if it is too large. */
export async function readBody(request: Parsed): Promise<Uint8Array> {
  const wasRead = request._body === true || request.readableEnded || !request.readable;
  return wasRead ? unparsed(request) : read(request);
}

async function read(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (length < READ_AT_MOST) chunks.push(chunk);
    length += chunk.length;
    if (length >= DROP_AT_MOST) break;
  }
  return Buffer.concat(chunks).subarray(0, READ_AT_MOST);
}

/** Converts a parsed body back to bytes of its media type. */
function unparsed({ body, headers }: Parsed): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body.subarray(0, READ_AT_MOST);
  const text = typeof body === 'string' ? body : rewritten(body, headers['content-type'] ?? '');
  return Buffer.from(text).subarray(0, READ_AT_MOST);
}

function rewritten(body: unknown, type: string): string {
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    // The body is empty: Express 4 sets an empty object.
    return isEmpty(body) && type === '' ? '' : JSON.stringify(body);
  }
  const fields = Object.entries(body as object).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
  );
  return new URLSearchParams(fields).toString();
}

function isEmpty(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0;
}
