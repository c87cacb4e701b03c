import { isKeyText } from '../internal.js';

/**
 * Recognizes the text of a key that is passed as an HMAC secret. A public text is not a secret: anyone who knows it can
 * sign (CVE-2015-9235 and later variants). The detector is that of `importKey`, so both reject the same encodings.
 */
export function looksLikePublicKey(secret: Uint8Array): boolean {
  return isKeyText(secret);
}
