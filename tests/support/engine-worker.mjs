/** A Worker that puts the WebCrypto engine to the suite it is sent. */
import { webEngine } from '../../js/src/engines/webcrypto.ts';
import { judged, misbehaviour, mounted } from './engine-behaviour.mjs';

export default {
  async fetch(request) {
    if (request.method !== 'POST') return new Response('ready');
    const { keys, cases, exceptions } = await request.json();
    const engine = webEngine();
    if (cases !== undefined) return Response.json(await judged(engine, { keys, cases }));
    return Response.json(await misbehaviour(mounted(engine), keys, exceptions));
  },
};
