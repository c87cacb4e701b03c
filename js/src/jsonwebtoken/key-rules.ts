import type { KeyObject } from 'node:crypto';

/** Which asymmetric keys can be used with which algorithms, and the messages for other keys. */

const ALGORITHMS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  ec: ['ES256', 'ES384', 'ES512'],
  rsa: ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512'],
  'rsa-pss': ['PS256', 'PS384', 'PS512'],
};

const CURVE_OF_ALGORITHM: Readonly<Record<string, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
};

/**
 * Rejects an asymmetric key that does not fit the algorithm: another kind, another curve, or other RSA-PSS parameters.
 * Accepts secrets.
 *
 * @throws Error that names the keys that fit
 */
export function checkKeyFits(algorithm: string, key: KeyObject | undefined): void {
  const type = key?.asymmetricKeyType;
  if (!algorithm || !key || !type) return;
  const fitting = Object.hasOwn(ALGORITHMS_OF_TYPE, type) ? ALGORITHMS_OF_TYPE[type] : undefined;
  if (!fitting) throw new Error(`Unknown key type "${type}".`);
  if (!fitting.includes(algorithm)) {
    throw new Error(`"alg" parameter for "${type}" key type must be one of: ${fitting.join(', ')}.`);
  }
  if (type === 'ec') checkCurve(algorithm, key);
  if (type === 'rsa-pss') checkPssParameters(algorithm, key);
}

function checkCurve(algorithm: string, key: KeyObject): void {
  const curve = CURVE_OF_ALGORITHM[algorithm];
  if (key.asymmetricKeyDetails?.namedCurve !== curve) {
    throw new Error(`"alg" parameter "${algorithm}" requires curve "${curve}".`);
  }
}

function checkPssParameters(algorithm: string, key: KeyObject): void {
  const bits = Number(algorithm.slice(-3));
  const { hashAlgorithm, mgf1HashAlgorithm, saltLength } = key.asymmetricKeyDetails ?? {};
  if (hashAlgorithm !== `sha${bits}` || mgf1HashAlgorithm !== hashAlgorithm) {
    throw new Error(
      `Invalid key for this operation, its RSA-PSS parameters do not meet the requirements of "alg" ${algorithm}.`,
    );
  }
  if (saltLength !== undefined && saltLength > bits / 8) {
    throw new Error(
      `Invalid key for this operation, its RSA-PSS parameter saltLength does not meet the requirements of "alg" ${algorithm}.`,
    );
  }
}
