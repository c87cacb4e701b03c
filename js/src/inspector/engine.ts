/** The page's access to the library: the same functions, in the same wasm, that servers use. */

import { inspect, type Report } from '../inspect.js';
import {
  type Alg,
  createSigner,
  exportJwk,
  generateKey,
  isAuthError,
  type Jwk,
  type Key,
  keysAsNamed,
} from '../internal.js';
import { parseExactly } from './exact.js';
import { loadCore } from './platform.js';
import type { State } from './state.js';

export type { Finding, InspectVerdict, Report } from '../inspect.js';

/** The person's keys, with a description. */
export interface Keys {
  keys: readonly Key[];
  description: string;
}

let loading: Promise<void> | undefined;

/** Loads the wasm. The functions below wait for it. */
export function ready(): Promise<void> {
  loading ??= loadCore();
  return loading;
}

/** The report on a text, without keys or expectations. */
export async function look(text: string): Promise<Report> {
  await ready();
  return exactly(await inspect(text));
}

/** The report on a text with a server's keys and expectations. */
export async function examine({ text, keys, wanted }: Readonly<State>, now: number): Promise<Report> {
  await ready();
  const asked = {
    ...(wanted.issuer && { issuer: wanted.issuer }),
    ...(wanted.audience && { audience: wanted.audience }),
    ...(wanted.typ && { typ: wanted.typ }),
  };
  return exactly(await inspect(text, { now, ...(keys && { keys: keys.keys }), ...asked }));
}

/** The report with header and claims exactly as in the token: numbers keep all their digits. */
function exactly(report: Report): Report {
  const [header, payload] = report.parts.map(({ text }) => text ?? '{}');
  return {
    ...report,
    header: report.header && (parseExactly(header ?? '{}') as Report['header']),
    claims: report.claims && (parseExactly(payload ?? '{}') as Report['claims']),
  };
}

/**
 * Parses a secret, PEM, JWK or JWKS. A bare secret or RSA key does not name its algorithm; the token's header may
 * choose among those that the key supports. Rejects with a message.
 */
export async function importKeys(given: string, options: { base64: boolean; text: string }): Promise<Keys> {
  const alg = (await look(options.text)).header?.alg;
  const text = given.trim();
  try {
    const isJson = text.startsWith('{') || text.startsWith('[');
    const isPem = text.includes('-----BEGIN ');
    const secret = options.base64 ? bytesOf(text) : given;
    const keys = keysAsNamed(isJson ? (JSON.parse(text) as Jwk) : isPem ? text : secret, alg);
    return { keys, description: describe(keys) };
  } catch (error) {
    throw new Error(sentence(error), { cause: error });
  }
}

/** Signs claims with a newly generated key. Also returns the JWK that verifies the token. */
export async function forge(
  algorithm: string,
  claims: Record<string, unknown>,
): Promise<{ token: string; key: string; isSecret: boolean }> {
  await ready();
  const isSecret = algorithm.startsWith('HS');
  const key = await generateKey(algorithm as Alg, { kid: crypto.randomUUID().slice(0, 8) });
  const token = await createSigner({ key, issuedAt: false }).sign(claims);
  return { token, key: JSON.stringify(exportJwk(key, { private: isSecret }), null, 2), isSecret };
}

/** An example token. */
export async function makeExample(): Promise<string> {
  await ready();
  const now = Math.floor(Date.now() / 1000);
  const key = await generateKey('ES256', { kid: '2026-11' });
  return createSigner({ key, typ: 'at+jwt' }).sign({
    iss: 'https://id.example',
    aud: 'https://api.example',
    sub: '7b1c52',
    sid: 'f3a9',
    iat: now - 300,
    nbf: now - 300,
    exp: now + 600,
    roles: ['manager'],
    email: 'ada@example.com',
  });
}

function describe(keys: readonly Key[]): string {
  const [key] = keys;
  if (!key) {
    return 'It contains no key that can verify a signature.';
  }
  if (keys.length > 1) {
    return `${keys.length} keys, for ${[...new Set(keys.map(({ alg }) => alg))].join(', ')}.`;
  }
  const kind = key.alg.startsWith('HS')
    ? 'A secret'
    : key.canSign
      ? 'A private key (the public key is enough here)'
      : 'A public key';
  return `${kind}, for ${key.alg}.`;
}

function sentence(error: unknown): string {
  if (error instanceof SyntaxError) {
    return 'This starts like a JWK but is not valid JSON. Paste all of it, from the first brace to the last.';
  }
  if (error instanceof DOMException) {
    return 'Not valid base64url. Clear the checkbox if the secret is plain text.';
  }
  if (isAuthError(error)) {
    return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  }
  return String(error);
}

function bytesOf(base64url: string): Uint8Array {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
