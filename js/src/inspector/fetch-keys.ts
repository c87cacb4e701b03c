/** Fetches a key set from a URL when the person presses the button. The page sends no other request after it has loaded. */

/** Largest response read, in characters. */
const LONGEST_ANSWER = 256 * 1024;

/** Timeout for a response, in milliseconds. */
const PATIENCE = 10_000;

/** The JSON text of the key set at `address`, or of the issuer's key set. Rejects with a sentence that says what to do. */
export async function fetchKeys(address: string): Promise<string> {
  const url = parse(address);
  const isDocument = /jwks|keys|\.json$|\/\.well-known\//i.test(url.pathname);
  const first = isDocument ? url : new URL(`${url.href.replace(/\/+$/, '')}/.well-known/openid-configuration`);
  const found = await get(first);
  const { jwks_uri: jwksUri } = found as { jwks_uri?: unknown };
  if (typeof jwksUri === 'string') {
    const keysUrl = parse(jwksUri);
    return keySet(await get(keysUrl), keysUrl);
  }
  if (!isDocument) {
    throw new Error(`${first.href} has no jwks_uri. Enter the URL of the key set itself.`);
  }
  return keySet(found, url);
}

function parse(address: string): URL {
  let url: URL;
  try {
    url = new URL(/^[a-z]+:\/\//i.test(address) ? address : `https://${address}`);
  } catch {
    throw new Error(
      'This is not a valid URL. An issuer looks like https://id.example, a key set like https://id.example/jwks.json.',
    );
  }
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw new Error(
      'Keys are fetched only over https, or from this machine. Over other connections they could be changed in transit.',
    );
  }
  if (url.username || url.password) {
    throw new Error('Remove the user name and password from the URL. Public keys need none.');
  }
  return url;
}

async function get(url: URL): Promise<unknown> {
  const text = await read(url);
  try {
    const value: unknown = text.length <= LONGEST_ANSWER ? JSON.parse(text) : undefined;
    if (typeof value === 'object' && value !== null) {
      return value;
    }
  } catch {
    // Reported below.
  }
  throw new Error(`${url.href} did not return JSON, or the response is too large. Check the URL.`);
}

async function read(url: URL): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.ok) {
      return await response.text();
    }
  } catch (error) {
    const slow = error instanceof DOMException && error.name === 'TimeoutError';
    throw new Error(
      slow
        ? `${url.host} did not respond within ${PATIENCE / 1000} seconds. Try again, or open ${url.href} in a tab and paste what it shows.`
        : `${url.href} could not be reached, or does not allow web pages to read it (no CORS header). Open it in a tab and paste what it shows.`,
    );
  }
  throw new Error(
    `${url.href} returned status ${response.status}. Check the URL. An issuer publishes its metadata at /.well-known/openid-configuration.`,
  );
}

function keySet(value: unknown, url: URL): string {
  if (!Array.isArray((value as { keys?: unknown }).keys)) {
    throw new Error(
      `${url.href} is JSON but not a key set: it has no "keys" array. The issuer's metadata lists the URL of the key set as jwks_uri.`,
    );
  }
  return JSON.stringify(value, null, 2);
}
