/** The page's way to the library: the same functions, through the same wasm, that servers call. */

import type { Alg, Jwk, Jwks } from '../index.js';
import { createSigner, createVerifier, decode, importKey, isAuthError, type Key } from '../index.js';
import { cure } from './cures.js';
import { loadCore } from './platform.js';
import type { Check, Part, View } from './report.js';
import type { State } from './state.js';

/** Keys that the person gave, and what they are in a sentence. */
export interface Keys {
  keys: readonly Key[];
  description: string;
}

let loading: Promise<void> | undefined;

/** Loads the wasm. Everything below waits for it by itself. */
export function ready(): Promise<void> {
  loading ??= loadCore();
  return loading;
}

/** What a token says, without a verdict. */
export async function look(token: string): Promise<View> {
  await ready();
  const view: View = {
    what: '',
    parts: partsOf(token),
    header: undefined,
    claims: undefined,
    checks: [],
    warnings: [],
  };
  if (token === '') {
    return view;
  }
  try {
    const { header, claims } = decode(token);
    view.header = header;
    view.claims = claims;
    view.checks.push({
      name: 'Shape',
      verdict: 'pass',
      sentence: 'It is a signed token: three parts, each canonical base64url, header and claims strict JSON.',
    });
  } catch (error) {
    view.checks.push(failure('Shape', error));
  }
  return view;
}

/** What a token says and whether it would be accepted. */
export async function examine({ token, keys, wanted }: Readonly<State>, now: number): Promise<View> {
  const view = await look(token);
  if (!view.claims) {
    return view;
  }
  if (!keys) {
    view.checks.push({
      name: 'Signature',
      verdict: 'unknown',
      sentence: 'Without a key nobody can say who made this token.',
      fix: 'Put the secret or the public key in under “Check the signature”.',
    });
    return view;
  }
  try {
    await createVerifier({
      key: keys.keys,
      issuer: wanted.issuer || null,
      audience: wanted.audience || null,
      ...(wanted.typ ? { typ: wanted.typ } : {}),
      now: () => now,
    }).verify(token);
    view.checks.push({
      name: 'Signature',
      verdict: 'pass',
      sentence: 'The signature is the key’s, and every claim that was asked about is as it should be.',
    });
  } catch (error) {
    view.checks.push(failure('Verification', error));
  }
  return view;
}

/** Reads a secret, PEM, JWK or JWKS. Rejects with a sentence. */
export async function importKeys(text: string, { base64, token }: { base64: boolean; token: string }): Promise<Keys> {
  await ready();
  const trimmed = text.trim();
  const alg = (await look(token)).header?.alg as Alg | undefined;
  if (trimmed.startsWith('{')) {
    const value = JSON.parse(trimmed) as Jwk | Jwks;
    const keys = ('keys' in value && Array.isArray(value.keys) ? value.keys : [value as Jwk]).map((jwk) =>
      importKey(jwk),
    );
    return { keys, description: describe(keys) };
  }
  const material = base64 ? bytesOf(trimmed) : text;
  const key = importKey(material, alg ? { alg } : {});
  return { keys: [key], description: describe([key]) };
}

/** Signs claims with a key made on the spot. */
export async function forge(
  algorithm: string,
  claims: Record<string, unknown>,
): Promise<{ token: string; key: string; isSecret: boolean }> {
  await ready();
  const alg = algorithm as Alg;
  const isSecret = alg.startsWith('HS');
  const made = await makeKey(alg);
  const token = await createSigner({ key: importKey(made.signing, { alg }) as never, issuedAt: false }).sign(claims);
  return { token, key: JSON.stringify(made.checking, null, 2), isSecret };
}

/** A token for trying the page out. */
export async function makeExample(): Promise<string> {
  await ready();
  const now = Math.floor(Date.now() / 1000);
  const key = importKey(crypto.getRandomValues(new Uint8Array(32)), { alg: 'HS256', kid: 'example' });
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

async function makeKey(alg: Alg): Promise<{ signing: Jwk; checking: Jwk }> {
  const pair = (await crypto.subtle.generateKey(generation(alg), true, ['sign', 'verify'])) as
    | CryptoKeyPair
    | CryptoKey;
  const id = { kid: crypto.randomUUID().slice(0, 8), alg };
  const jwk = async (key: CryptoKey): Promise<Jwk> => {
    const { key_ops: _operations, ext: _extractable, ...members } = await crypto.subtle.exportKey('jwk', key);
    return { ...members, ...id } as Jwk;
  };
  if ('type' in pair) {
    const secret = await jwk(pair);
    return { signing: secret, checking: secret };
  }
  return { signing: await jwk(pair.privateKey), checking: await jwk(pair.publicKey) };
}

function generation(alg: Alg): RsaHashedKeyGenParams | EcKeyGenParams | HmacKeyGenParams | Algorithm {
  const hash = `SHA-${alg.slice(2)}`;
  switch (alg.slice(0, 2)) {
    case 'HS':
      return { name: 'HMAC', hash, length: Number(alg.slice(2)) };
    case 'RS':
      return { name: 'RSASSA-PKCS1-v1_5', hash, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
    case 'ES':
      return { name: 'ECDSA', namedCurve: 'P-256' };
    default:
      return { name: 'Ed25519' };
  }
}

function partsOf(token: string): Part[] {
  const kinds: Part['kind'][] = ['header', 'payload', 'signature'];
  const parts = token.split('.', 6);
  return parts.length === 3 ? parts.map((text, index) => ({ kind: kinds[index] ?? 'other', text })) : [];
}

function failure(name: string, error: unknown): Check {
  if (isAuthError(error)) {
    return {
      name,
      verdict: 'fail',
      sentence: `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`,
      fix: cure(error.code),
    };
  }
  throw error;
}

function describe(keys: readonly Key[]): string {
  const [key] = keys;
  if (keys.length !== 1 || !key) {
    return `${keys.length} keys.`;
  }
  const kind = key.alg.startsWith('HS')
    ? 'A secret'
    : key.canSign
      ? 'A private key. A public one is enough here'
      : 'A public key';
  return `${kind}, for ${key.alg}.`;
}

function bytesOf(base64url: string): Uint8Array {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
