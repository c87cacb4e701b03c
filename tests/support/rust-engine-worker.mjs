/** A Worker that puts the Worker's own engine, in Rust over WebCrypto, to the suite it is sent. Needs the build for tests. */
import * as glue from '../../target/xtask/edge-test/portcullis.js';
import module from '../../target/xtask/edge-test/portcullis_bg.wasm';
import { misbehaviour } from './engine-behaviour.mjs';

globalThis.__portcullis_panicked = () => undefined;
glue.initSync({ module });

const engine = {
  judgesLengths: true,
  sign: (jwk, alg, message) => glue.signWith(JSON.stringify(jwk), alg, message),
  async check(jwk, alg, message, signature) {
    const one = { key: 0, message: base64url(message), signature: base64url(signature) };
    const [answer] = JSON.parse(await glue.judgeSignatures(JSON.stringify({ keys: [{ alg, jwk }], cases: [one] })));
    return answer;
  },
};

export default {
  async fetch(request) {
    if (request.method !== 'POST') return new Response('ready');
    const { keys, cases, exceptions } = await request.json();
    if (cases === undefined) return Response.json(await misbehaviour(engine, keys, exceptions));
    return new Response(await glue.judgeSignatures(JSON.stringify({ keys, cases })));
  },
};

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
