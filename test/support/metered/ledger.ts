/**
 * What the objects of one deployment were asked and what they wrote, as the runtime counts it, and a clock that can be set.
 * All objects and the Worker share an isolate, so that a module's state is everybody's. Imported before anything that could
 * take hold of the clock or the timers.
 */

/** One statement, or one kind of call, over and over. */
export interface Count {
  readonly runs: number;
  readonly written: number;
  readonly read: number;
}

/** By "Room", "Inbox" and "Limiter", then by statement or method. Alarms that were set are written rows like others. */
export interface Account {
  readonly statements: Record<string, Record<string, Count>>;
  readonly calls: Record<string, Record<string, number>>;
}

interface Cursor {
  readonly rowsWritten: number;
  readonly rowsRead: number;
}

const realNow = Date.now.bind(Date);
let offsetMs = 0;
Date.now = () => realNow() + offsetMs;

const timers = new Set<unknown>();
const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;
Object.assign(globalThis, {
  setTimeout: (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const timer = realSetTimeout(() => {
      timers.delete(timer);
      work(...args);
    }, ms);
    timers.add(timer);
    return timer;
  },
  clearTimeout: (timer: number) => {
    timers.delete(timer);
    realClearTimeout(timer);
  },
});

let cursors: { object: string; statement: string; cursor: Cursor }[] = [];
let calls: Account['calls'] = {};
let underWay = 0;

/** Alarms by object: none goes off by itself, so that a test decides what time it is. */
export const alarms = new Map<string, number>();

export function noteStatement<T extends Cursor>(object: string, statement: string, cursor: T): T {
  cursors.push({ object, statement: statement.replaceAll(/\s+/g, ' '), cursor });
  return cursor;
}

/** Keeps account of a call from its beginning to its end. */
export async function noteCall<T>(object: string, method: string, work: () => T | Promise<T>): Promise<T> {
  const ofObject = calls[object] ?? {};
  calls[object] = { ...ofObject, [method]: (ofObject[method] ?? 0) + 1 };
  underWay += 1;
  try {
    return await work();
  } finally {
    underWay -= 1;
  }
}

/** Sets the clock forward; never back. */
export function jumpTo(time: number): void {
  offsetMs += Math.max(0, time - Date.now());
}

/** Whether no object does anything or waits for anything but its alarm. */
export function isAtRest(): boolean {
  return timers.size === 0 && underWay === 0;
}

/** What has come together since this was last asked. */
export function takeAccount(): Account {
  const statements: Account['statements'] = {};
  for (const { object, statement, cursor } of cursors) {
    const ofObject = statements[object] ?? {};
    const { runs, written, read } = ofObject[statement] ?? { runs: 0, written: 0, read: 0 };
    ofObject[statement] = { runs: runs + 1, written: written + cursor.rowsWritten, read: read + cursor.rowsRead };
    statements[object] = ofObject;
  }
  const account = { statements, calls };
  cursors = [];
  calls = {};
  return account;
}
