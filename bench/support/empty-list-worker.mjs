/** Stands where KV stands, with nothing in it. */
export default {
  fetch: (request) => new Response(null, { status: request.method === 'GET' ? 404 : 200 }),
};
