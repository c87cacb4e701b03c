/** Judges the table of `tests/vectors/verdicts.json`. Runs wherever the package does: it imports nothing. */

/**
 * What is wrong with the verdicts of `portcullis`; nothing, it is hoped.
 *
 * @param {typeof import('portcullis')} portcullis
 * @param {{now: number, verifiers: Record<string, object>, tokens: {name: string, verifier: string, token: string, code: string | null}[],
 *   keys: {name: string, jwk: object, code: string | null}[]}} table
 * @returns {Promise<{judged: number, wrong: string[]}>}
 */
export async function judge({ createVerifier, importKey }, { now, verifiers, tokens, keys }) {
  const made = Object.entries(verifiers).map(([name, { jwks, ...options }]) => [
    name,
    createVerifier({ key: jwks, ...options, now: () => now * 1000 }),
  ]);
  const byName = Object.fromEntries(made);
  const wrong = [];
  for (const { name, verifier, token, code } of tokens) {
    const got = await byName[verifier].verify(token).then(
      () => null,
      (error) => error.code ?? String(error),
    );
    if (got !== code) wrong.push(`${name}: ${got}, not ${code}`);
  }
  for (const { name, jwk, code } of keys) {
    const got = imported(importKey, jwk);
    if (got !== code) wrong.push(`${name}: ${got}, not ${code}`);
  }
  return { judged: tokens.length + keys.length, wrong };
}

/** The code with which a key is refused, if it is. */
function imported(importKey, jwk) {
  try {
    importKey(jwk);
    return null;
  } catch (error) {
    return error.code ?? String(error);
  }
}
