/** Parses and creates the compact serialization `header.payload.signature` (RFC 7515 section 3.1). */

import { MAX_JSONWEBTOKEN_BYTES } from '../internal.js';
import { BoundedCache } from './bounded-cache.js';

/** A parsed token. Nothing about it has been checked. */
export interface Parts {
  head: Head;
  payload: unknown;
  /** As in the token: base64url. */
  signature: string;
  /** The signing input: header and payload as in the token. */
  input: string;
}

/** The members of a header that are used. */
export interface Head {
  readonly alg: unknown;
  readonly isJwt: boolean;
  /** Whether it has a `crit` member. */
  readonly isCritical: boolean;
  /** The complete header, parsed again for each caller, who may keep it. */
  read(): Record<string, unknown>;
}

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Headers repeat from token to token, so parsed headers are cached: 64 with at most 256 characters each. */
const heads = new BoundedCache<Head | null>(64, 256);

/**
 * Parses a token.
 *
 * The payload is parsed as JSON if the header's `typ` is `JWT` or `json` is set; otherwise it stays text.
 *
 * @returns null if the text is not a token
 * @throws SyntaxError if a payload that must be JSON is not
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

/** Whether a text has exactly two dots. Stops at the third, so a long text costs at most one pass. */
export function hasThreeParts(text: string): boolean {
  const first = text.indexOf('.');
  const second = first === -1 ? -1 : text.indexOf('.', first + 1);
  return second !== -1 && text.indexOf('.', second + 1) === -1;
}

/** Parses JSON objects and arrays in a text payload; any other text is returned unchanged. */
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
 * The first two parts of a new token.
 *
 * The header is written as Latin-1 and the payload in `encoding`, as always in this API: characters outside Latin-1 in
 * a `kid` are lost.
 */
export function signingInput(header: object, payload: unknown, encoding: string): string {
  const head = encodedHeads.get(JSON.stringify(header), encodeHead);
  return `${head}.${base64url(asText(payload), encoding as BufferEncoding)}`;
}

const encodedHeads = new BoundedCache<string>(64, 256);
const encodeHead = (json: string) => base64url(json, 'latin1');

/** The form of a value in a token: a string unchanged, numbers and buffers as text, everything else as JSON. */
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
