import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import * as schema from './schema';

/** D1: accounts, sessions, and what must be found across rooms and people. Never on the path of a message. */
export type Directory = DrizzleD1Database<typeof schema>;

export function openDirectory(database: D1Database): Directory {
  return drizzle(database, { schema });
}
