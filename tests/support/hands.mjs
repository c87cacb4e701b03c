// Put before the Worker's own entry, in the same isolate, by `startWorker({ hands: true })`: a request to /hands moves the Worker's
// clock, breaks its users' objects, or tells one of them something, as another place would.

import worker, { UserSessions } from './worker.mjs';

const now = Date.now;
let ahead = 0;
let broken = false;
Date.now = () => now() + ahead;

class Sessions extends UserSessions {
  tell(event) {
    if (broken) throw new Error('out of reach, says a test');
    return super.tell(event);
  }
}

export { Sessions as UserSessions };

export default {
  ...worker,
  async fetch(request, env, ctx) {
    const { pathname, searchParams: asked } = new URL(request.url);
    if (pathname !== '/hands') return worker.fetch(request, env, ctx);
    if (asked.has('ahead')) ahead += Number(asked.get('ahead'));
    if (asked.has('broken')) broken = asked.get('broken') === 'true';
    if (asked.has('user')) await env.USER_SESSIONS.getByName(asked.get('user')).tell(asked.get('event'));
    return new Response();
  },
};
