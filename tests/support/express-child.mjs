/** A process with an Express application over a SQLite file: `node express-child.mjs FILE`. Says where it listens, and ends when its input does. */
import { DatabaseSync } from 'node:sqlite';
import { sqliteStores } from 'portcullis/express';
import { startExpress } from './express-auth.mjs';

const stores = sqliteStores(new DatabaseSync(process.argv[2]));
const { origin } = await startExpress({ stores, refreshGrace: 300 });
process.stdout.write(`${origin}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
