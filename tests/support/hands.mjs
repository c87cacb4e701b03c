// Put before the Worker's own entry, in the same isolate, by `startWorker({ hands: true })`: a request to /hands moves the Worker's
// clock, breaks its users' objects, tells one of them something or writes onto the revocation list, as another place would. Any other request may bring what the platform
// would know of it, as JSON in `x-hands-cf`.

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
    if (pathname !== '/hands') {
      const cf = request.headers.get('x-hands-cf');
      return worker.fetch(cf === null ? request : new Request(request, { cf: JSON.parse(cf) }), env, ctx);
    }
    if (asked.has('ahead')) ahead += Number(asked.get('ahead'));
    if (asked.has('broken')) broken = asked.get('broken') === 'true';
    if (asked.has('user')) await env.USER_SESSIONS.getByName(asked.get('user')).tell(asked.get('event'));
    if (asked.has('listed')) await env.REVOCATIONS.put(asked.get('listed'), asked.get('as'));
    return new Response();
  },
};
