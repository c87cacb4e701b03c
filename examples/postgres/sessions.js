/** Users' sessions in PostgreSQL: one text per user, replaced in a transaction that holds its row. `pool` is a `Pool` of `pg`. */
export function postgresSessions(pool) {
  return {
    async update(user, change) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        // There has to be a row to hold: of two that come first, one waits here for the other.
        await client.query('INSERT INTO portcullis_sessions (id) VALUES ($1) ON CONFLICT DO NOTHING', [user]);
        const held = await client.query('SELECT record FROM portcullis_sessions WHERE id = $1 FOR UPDATE', [user]);
        const next = change(held.rows[0].record ?? undefined);
        if (next !== undefined) {
          const write = 'UPDATE portcullis_sessions SET record = $2, waiting = $3 WHERE id = $1';
          await client.query(write, [user, next.record, next.waiting]);
        }
        await client.query('COMMIT');
      } catch (error) {
        // On a connection that is gone nothing is left to roll back. The error to report is the first one.
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    },
    async waiting(rows) {
      const found = await pool.query('SELECT id FROM portcullis_sessions WHERE waiting LIMIT $1', [rows]);
      return found.rows.map(({ id }) => id);
    },
  };
}
