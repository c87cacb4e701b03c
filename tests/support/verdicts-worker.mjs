/** A Worker that judges the table of verdicts it is sent. */
import * as portcullis from 'portcullis';
import { judge } from './verdicts.mjs';

export default {
  async fetch(request) {
    if (request.method !== 'POST') return new Response('ready');
    return Response.json(await judge(portcullis, await request.json()));
  },
};
