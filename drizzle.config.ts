import { defineConfig } from 'drizzle-kit';

const stores = ['directory', 'room', 'inbox'];
const store = process.env.STORE ?? '';
if (!stores.includes(store)) throw new Error(`Say which store: STORE=${stores.join('|')} npx drizzle-kit generate --name what-changes`);

/** Writes the next migration of one store from its schema. Migrations are append-only. */
export default defineConfig({
  dialect: 'sqlite',
  ...(store === 'directory' ? {} : { driver: 'durable-sqlite' }),
  schema: `./src/${store}/schema.ts`,
  out: `./migrations/${store}`,
});
