/** Small words for talking to the auth service, wherever it is mounted. */

export const PASSWORD = 'correct horse battery staple';

/** What a token says. */
export const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

/** Calls on the service at `origin`. */
export function client(origin) {
  const send = async (method, path, { body, token, headers = {}, cookie } = {}) => {
    const response = await fetch(origin + path, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(cookie === undefined ? {} : { cookie }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
  return {
    send,
    get: (path, options) => send('GET', path, options),
    post: (path, body, options) => send('POST', path, { body, ...options }),
    login: async (email, password = PASSWORD) =>
      (await send('POST', '/auth/login', { body: { email, password, tokenDelivery: 'body' } })).body,
    register: async (email) => {
      const body = { email, password: PASSWORD, name: 'Somebody', tokenDelivery: 'body' };
      return (await send('POST', '/auth/register', { body })).body;
    },
    refresh: (refreshToken) => send('POST', '/auth/refresh', { body: { refreshToken } }),
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
