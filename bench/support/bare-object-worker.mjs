/**
 * The least that a request to a user's object can be: `POST /look` sends the body there and back, `POST /write` has the object write
 * one row before it answers. The first line of the body names the object.
 */
import { DurableObject } from 'cloudflare:workers';

export class Bare extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec('CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, what TEXT)');
  }

  look(what) {
    return what;
  }

  write(what) {
    this.ctx.storage.sql.exec('INSERT OR REPLACE INTO kept VALUES (1, ?)', what);
    return what;
  }
}

export default {
  async fetch(request, env) {
    if (request.method !== 'POST') return new Response('here');
    const body = await request.text();
    const object = env.BARE.getByName(body.slice(0, body.indexOf('\n')));
    const answer = request.url.endsWith('/write') ? await object.write(body) : await object.look(body);
    return new Response(answer, { headers: { 'content-type': 'application/json' } });
  },
};
