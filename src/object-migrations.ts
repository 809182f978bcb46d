import { drizzle } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';

/** What drizzle-kit writes into `migrations/<object>/migrations.js`. */
export type ObjectMigrations = Parameters<typeof migrate>[1];

/** Brings an object's SQLite up to date in one transaction; the ledger is a table, since `PRAGMA user_version` is not to be had. */
export async function migrateObject(storage: DurableObjectStorage, migrations: ObjectMigrations): Promise<void> {
  await migrate(drizzle(storage), migrations);
}

/** Whether the object has ever been set up: asking for an object that does not exist must not create one. */
export function isSetUp(storage: DurableObjectStorage): boolean {
  return storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").toArray().length > 0;
}
