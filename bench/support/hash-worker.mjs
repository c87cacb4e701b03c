/** One password check per request and nothing else. */
import { verifyPassword } from 'portcullis';

export default {
  async fetch(request) {
    if (request.method !== 'POST') return new Response('here');
    const { password, hash } = await request.json();
    return Response.json(await verifyPassword(password, hash));
  },
};
