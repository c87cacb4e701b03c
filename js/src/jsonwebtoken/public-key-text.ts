import { isKeyText } from '../internal.js';

/**
 * Recognizes the text of a key given as an HMAC secret. What everyone may read is no secret: whoever knows it can sign (CVE-2015-9235
 * and its descendants). The detector is the one of `importKey`, so no disguise passes here that is refused there.
 */
export function looksLikePublicKey(secret: Uint8Array): boolean {
  return isKeyText(secret);
}
