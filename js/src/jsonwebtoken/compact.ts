/** The compact form `header.payload.signature` (RFC 7515 section 3.1), taken apart and put together. */

import { MAX_JSONWEBTOKEN_BYTES } from '../internal.js';
import { BoundedCache } from './bounded-cache.js';

/** A token taken apart. Nothing about it has been checked. */
export interface Parts {
  head: Head;
  payload: unknown;
  /** As it stands in the token: base64url. */
  signature: string;
  /** What the signature covers: header and payload as they stand in the token. */
  input: string;
}

/** What is looked at in a header. */
export interface Head {
  readonly alg: unknown;
  readonly isJwt: boolean;
  /** Whether it has a `crit` member. */
  readonly isCritical: boolean;
  /** All of it, parsed anew for each caller, who may keep it. */
  read(): Record<string, unknown>;
}

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Headers repeat from token to token, so what was read of them is remembered: 64 of at most 256 characters. */
const heads = new BoundedCache<Head | null>(64, 256);

/**
 * Takes a token apart.
 *
 * The payload is parsed as JSON when the header's `typ` says `JWT` or `json` is set; else it stays text.
 *
 * @returns null when the text is no token
 * @throws SyntaxError when a payload that must be JSON is not
 */
export function takeApart(token: string, json: boolean): Parts | null {
  if (token.length > MAX_JSONWEBTOKEN_BYTES || !COMPACT.test(token)) return null;
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  const head = heads.get(token.slice(0, headerEnd), parseHead);
  if (!head) return null;
  const text = Buffer.from(token.slice(headerEnd + 1, payloadEnd), 'base64').toString('utf8');
  return {
    head,
    payload: json || head.isJwt ? JSON.parse(text) : text,
    signature: token.slice(payloadEnd + 1),
    input: token.slice(0, payloadEnd),
  };
}

/** Whether a text has exactly two dots. Stops at the third, so a hostile text costs one pass. */
export function hasThreeParts(text: string): boolean {
  const first = text.indexOf('.');
  const second = first === -1 ? -1 : text.indexOf('.', first + 1);
  return second !== -1 && text.indexOf('.', second + 1) === -1;
}

/** JSON objects and arrays inside a text payload; anything else stays the text it was. */
export function objectInside(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload;
  try {
    const value: unknown = JSON.parse(payload);
    return value !== null && typeof value === 'object' ? value : payload;
  } catch {
    return payload;
  }
}

/**
 * The first two parts of a token to be.
 *
 * The header is written as Latin-1 and the payload in `encoding`, as this API has always done: a `kid` beyond Latin-1 does not
 * survive.
 */
export function signingInput(header: object, payload: unknown, encoding: string): string {
  const head = encodedHeads.get(JSON.stringify(header), encodeHead);
  return `${head}.${base64url(asText(payload), encoding as BufferEncoding)}`;
}

const encodedHeads = new BoundedCache<string>(64, 256);
const encodeHead = (json: string) => base64url(json, 'latin1');

/** What a value looks like inside a token: text as it is, numbers and buffers as text, the rest as JSON. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || Buffer.isBuffer(value)) return value.toString();
  return JSON.stringify(value);
}

function base64url(text: string, encoding: BufferEncoding): string {
  return Buffer.from(text, encoding).toString('base64url');
}

function parseHead(encoded: string): Head | null {
  const text = Buffer.from(encoded, 'base64').toString('latin1');
  try {
    const header = JSON.parse(text);
    if (!header) return null;
    const isCritical = typeof header === 'object' && Object.hasOwn(header, 'crit');
    return { alg: header.alg, isJwt: header.typ === 'JWT', isCritical, read: () => JSON.parse(text) };
  } catch {
    return null;
  }
}
