/**
 * The gate's hands: one synchronous call for the verdict, and then the answer or the upstream's. Bodies are only ever passed by
 * reference, so they stream. Nothing is decided here.
 */

const SAID = -1;
const WAIT = -2;
const SHUT = -3;
/** What the gate gives for a request that is not its own but the service's. */
export const OWN = -4;

/**
 * Makes the gate out of a policy: `gate(request, env)` gives a response, a promise of one, or {@link OWN}. `wasm` gives the doors,
 * and is asked for them before every call, because after a panic the wasm has to be started afresh first.
 */
export function createGate(wasm, policy) {
  /** The fixed answers, by rule. */
  let fixed = [];
  /** Whether some rule asks for more headers than `authorization`. */
  let readsMore = true;
  /** The refresh cookie in a `cookie` header. */
  let refreshCookie;

  return function gate(request, env) {
    const { headers, method, url } = request;
    let asked = `${method}\n${url}\n${headers.get('authorization') ?? ''}`;
    if (readsMore) {
      const names = ['cf-connecting-ip', 'origin', 'access-control-request-method'];
      for (const name of names) asked += `\n${headers.get(name) ?? ''}`;
    }
    const doors = wasm();
    let outcome = doors.gateAsk(asked, Date.now());
    if (outcome >= 0) return answerOf(fixed[outcome]);
    if (outcome === OWN) return OWN;
    if (outcome === SHUT) {
      open(env);
      outcome = doors.gateAsk(asked, Date.now());
    }
    if (outcome === SAID) return act(JSON.parse(doors.gateSaid()), request, env);
    if (outcome === WAIT) return doors.gateWait().then((said) => act(JSON.parse(said), request, env));
    return answerOf(fixed[outcome]);
  };

  function open(env) {
    const { answers, ...described } = JSON.parse(wasm().gateOpen(env, policy));
    fixed = [];
    for (const [index, { status, contentType, body }] of answers) fixed[index] = prepared(status, contentType, body);
    readsMore = described.readsMore;
    // A host may have joined two headers by a comma, which no token holds.
    refreshCookie = new RegExp(`(^|[;,])\\s*${described.cookie}\\s*=[^;,]*`, 'g');
  }

  /** The headers that the upstream gets. */
  function outgoing(order, request, env) {
    const headers = new Headers(request.headers);
    const sent = [request.url, headers.get('cf-connecting-ip') ?? '', ...headers.keys()].join('\n');
    const ask = () => wasm().gateHeaders(order.rule, order.keepsAuthorization, sent);
    let changes = ask();
    if (changes === undefined) {
      open(env);
      changes = ask();
    }
    const { remove, set } = JSON.parse(changes);
    for (const name of remove) headers.delete(name);
    const cookies = headers.get('cookie');
    // Whoever holds the refresh token holds the session: it is between the browser and /auth, and no upstream's business.
    if (cookies !== null) replace(headers, 'cookie', cookies.replace(refreshCookie, '').replace(/^[;,]\s*/, ''));
    for (const [name, value] of [...set, ...order.set]) headers.set(name, value);
    return headers;
  }

  function act(said, request, env) {
    if (said.log) console.error(JSON.stringify({ level: 'error', reason: said.log }));
    if (said.forward !== undefined) return forward(said.forward, request, env, outgoing);
    if (said.fixed !== undefined) return answerOf(fixed[said.fixed]);
    const { status, headers, body } = said.page && wantsPage(request) ? said.page : said.respond;
    return new Response(request.method === 'HEAD' ? null : bodyFor(status, body), { status, headers });
  }
}

/** A browser that shows what it gets; a script's `fetch` takes anything, and gets JSON. */
function wantsPage({ headers }) {
  return headers.get('accept')?.includes('text/html') === true;
}

/** In the form that costs the platform least: a body that needs no encoding, and headers that need no reading. */
function prepared(status, contentType, body) {
  const text = bodyFor(status, body);
  const headers = new Headers({ 'content-type': contentType });
  return { body: text === null ? null : new TextEncoder().encode(text), init: { status, headers } };
}

function answerOf({ body, init }) {
  return new Response(body, init);
}

/** Sends a request on. One try only: the gate cannot know whether an upstream has already acted on the first. */
async function forward(order, request, env, outgoing) {
  const here = URL.parse(request.url);
  if (here === null) return problem(400, 'invalid_request', 'The Host header does not name a host.');
  const upstream = order.service === null ? globalThis : env[order.service];
  const base = order.service === null ? order.url.replace(/^\$(\w+)$/, (_, name) => env[name] ?? '') : here.origin;
  if (upstream === undefined || base === '') {
    console.error(`the policy's upstream "${order.name}" is ${order.service ?? order.url}, which is not set`);
    return problem(500, 'internal_error', 'Internal server error.');
  }
  const target = base.replace(/\/$/, '') + order.target;
  const bodiless = request.method === 'GET' || request.method === 'HEAD';
  if (bodiless && hasBody(request)) {
    return problem(
      400,
      'invalid_request',
      `A ${request.method} request must not have a body (RFC 9110 section 9.3.1).`,
    );
  }
  const headers = outgoing(order, request, env);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), order.timeoutSeconds * 1000);
  try {
    const sent = new Request(target, {
      method: request.method,
      headers,
      body: bodiless ? null : request.body,
      redirect: 'manual',
      signal: patience.signal,
    });
    return answer(order, await upstream.fetch(sent));
  } catch (error) {
    if (patience.signal.aborted) return problem(504, 'upstream_timeout', 'The service behind this took too long.');
    console.error(`upstream "${order.name}": ${error}`);
    return problem(502, 'upstream_unreachable', 'The service behind this cannot be reached.');
  } finally {
    // The limit is on the first byte: a download, an event stream or a socket may then last.
    clearTimeout(timer);
  }
}

/** Whether the sender announced content. Servers behind a gate disagree on what it means with GET and HEAD, or refuse it. */
function hasBody({ body, headers }) {
  return body !== null && (headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 1) !== 0);
}

function replace(headers, name, value) {
  if (value === '') headers.delete(name);
  else headers.set(name, value);
}

function answer({ response: { set, remove }, headers: more }, response) {
  const untouched = remove.length === 0 && more.length === 0 && Object.keys(set).length === 0;
  if (untouched || response.status === 101) return response;
  const changed = new Response(response.body, response);
  for (const name of remove) changed.headers.delete(name);
  for (const [name, value] of Object.entries(set)) changed.headers.set(name, value);
  for (const [name, value] of more) {
    if (name === 'vary') changed.headers.append(name, value);
    else changed.headers.set(name, value);
  }
  return changed;
}

function problem(status, error, message) {
  return Response.json({ error, message }, { status, headers: { 'cache-control': 'no-store' } });
}

function bodyFor(status, body) {
  return status === 204 || status === 304 ? null : (body ?? null);
}
