// Everything that is not a route of the Worker's own comes here.

/** Answers a request for any other path. */
export async function fallback() {
  return Response.json({ error: 'not_found', message: 'There is nothing here.' }, { status: 404 });
}
