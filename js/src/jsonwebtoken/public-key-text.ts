import { createPublicKey } from 'node:crypto';

/**
 * Recognises public keys given as an HMAC secret. What everyone may read is no secret: whoever knows it can sign
 * (CVE-2015-9235 and its descendants). Armour, prefixes and white space around the key do not hide it.
 */
export function looksLikePublicKey(secret: Buffer): boolean {
  const text = secret.toString('latin1');
  return ARMOUR.test(text) || SSH.test(text) || isJwkText(secret) || isDer(secret) || isDerInBase64(text);
}

const ARMOUR = /-----BEGIN [A-Z0-9 ]+-----|---- BEGIN SSH2 /;
const SSH = /(?:^|[\s"])(?:ssh-[a-z0-9]+|ecdsa-sha2-[a-z0-9]+|sk-[a-z0-9-]+@openssh\.com)\s+AAAA/;
const BASE64 = /^\s*M[A-Za-z0-9+/_\s-]+=*\s*$/;
const DER_SEQUENCE = 0x30;

function isJwkText(secret: Buffer): boolean {
  const text = secret
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  if (!/^[{["]/.test(text)) return false;
  try {
    return hasJwk(JSON.parse(text));
  } catch {
    return false;
  }
}

function hasJwk(value: unknown): boolean {
  if (typeof value === 'string') return value.length > 0 && looksLikePublicKey(Buffer.from(value));
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(hasJwk);
  return Object.hasOwn(value, 'kty') || (Object.hasOwn(value, 'keys') && hasJwk((value as { keys: unknown }).keys));
}

function isDerInBase64(text: string): boolean {
  return BASE64.test(text) && isDer(Buffer.from(text, 'base64'));
}

function isDer(bytes: Buffer): boolean {
  if (bytes[0] !== DER_SEQUENCE) return false;
  return (['spki', 'pkcs1'] as const).some((type) => {
    try {
      createPublicKey({ key: bytes, format: 'der', type });
      return true;
    } catch {
      return false;
    }
  });
}
