/** The least a Worker can do. */
export default {
  fetch: () => new Response('hello\n', { headers: { 'content-type': 'text/plain' } }),
};
