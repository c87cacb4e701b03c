/**
 * Stands where D1 stands on the platform: the same SQLite, in a Durable Object, behind the same binding. `POST /exec` with SQL as
 * the body sets it up.
 */
import { DurableObject } from 'cloudflare:workers';

export class Database extends DurableObject {
  async fetch(request) {
    const { sql } = this.ctx.storage;
    if (new URL(request.url).pathname === '/exec') {
      sql.exec(await request.text());
      return new Response('done');
    }
    const asked = await request.json();
    const answers = [asked].flat().map(({ sql: query, params }) => {
      const cursor = sql.exec(query, ...(params ?? []));
      const rows = [...cursor.raw()];
      return { success: true, results: { columns: cursor.columnNames, rows }, meta: { duration: 0 } };
    });
    return Response.json(Array.isArray(asked) ? answers : answers[0]);
  }
}

export default {
  fetch(request, env) {
    return request.method === 'GET' ? new Response('here') : env.DATABASE.getByName('database').fetch(request);
  },
};
