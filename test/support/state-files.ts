import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { TestServer } from './server';

type Row = Record<string, SQLOutputValue>;

/** Runs a statement on every room of a server that is down. */
export function editRooms(server: TestServer, statement: string): void {
  for (const path of databasesIn(server, 'do/relayhub-Room')) inDatabase(path, {}, (database) => database.exec(statement));
}

/** The rows of a server's directory, whether it is up or down. */
export function readDirectory(server: TestServer, query: string): Row[] {
  return databasesIn(server, 'd1/miniflare-D1DatabaseObject').flatMap((path) =>
    inDatabase(path, { readOnly: true }, (database) => database.prepare(query).all()),
  );
}

/** Files of objects, without what the runtime keeps about them. @throws when there is none: a test must not pass by missing them */
function databasesIn(server: TestServer, folder: string): string[] {
  const directory = join(server.stateDirectory, folder);
  const names = readdirSync(directory).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (names.length === 0) throw new Error(`No database in ${folder}`);
  return names.map((name) => join(directory, name));
}

function inDatabase<T>(path: string, options: { readOnly?: boolean }, work: (database: DatabaseSync) => T): T {
  // A killed process keeps its locks for the moment that its end takes.
  const database = new DatabaseSync(path, { ...options, timeout: 10_000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
