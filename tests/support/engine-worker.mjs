/** A Worker that puts the cases it is sent to the WebCrypto engine. */

import { webEngine } from '../../js/src/engines/webcrypto.ts';

export default {
  async fetch(request) {
    if (request.method !== 'POST') return new Response('ready');
    const { keys, cases } = await request.json();
    const engine = webEngine();
    keys.forEach((key, serial) => {
      if (key?.jwk) engine.adopt(serial, key.alg, { jwk: () => ({ ...key.jwk }) });
    });
    const answers = [];
    for (const { key, message, signature } of cases) {
      engine.check(key, bytes(message), bytes(signature));
      answers.push(await engine.answerCheck(engine.asked).catch((error) => String(error)));
    }
    return Response.json(answers);
  },
};

function bytes(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
