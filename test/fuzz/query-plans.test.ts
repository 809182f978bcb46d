import { afterEach, expect, test } from 'vitest';
import { play, scenarioOf } from './scenario/scenario';
import { Tally } from './scenario/tally';
import { SimulatedStorage } from './simulation/storage';

/** Rooms enough that whatever a room asks of its rows is asked. */
const rooms = 120;

/** What grows with all that was ever said, and with who heard it. */
const growing = /^SCAN (messages|read_marks|views|media|jobs)\b/;

/**
 * What walks through such a table or sorts what it finds all the same, by how the statement begins, and why it may. What an index is
 * walked past in vain no plan tells: `test/worker/scale.test.ts` counts rows.
 */
const exceptions: Record<string, string> = {
  'SELECT created_at AS at FROM messages ORDER BY seq DESC LIMIT 1': 'the last row and no other',
  'SELECT seq, created_at AS at FROM messages WHERE (hidden_at': 'back to the first that is shown, in a chat of two with a block',
  'SELECT max(fanned_rev,': 'the last row and no other, once a life',
  'SELECT n, after_seq AS afterSeq, up_to AS upTo, at, next_due AS nextDue FROM read_marks ORDER BY at DESC': 'when a member leaves',
  'SELECT id FROM media': 'when the last member leaves',
  'SELECT kind, min(due) AS due FROM jobs': 'what waits outside, after one of it has changed',
  'SELECT kind, key, tries, generation FROM jobs': 'what waits outside',
  'UPDATE jobs SET due = ?, tries = ?': 'what waits outside and was given up for a while',
};

afterEach(() => {
  SimulatedStorage.plans = null;
});

test('no statement of a room walks through all it ever held, but for a few that may', async () => {
  const plans = new Map<string, readonly string[]>();
  SimulatedStorage.plans = plans;
  for (let seed = 1; seed <= rooms; seed += 1) await play(scenarioOf(seed), new Tally());
  const walks = [...plans].filter(([, steps]) => steps.some((step) => growing.test(step) || step.startsWith('USE TEMP B-TREE')));
  const walking = walks.map(([query]) => query.replaceAll(/\s+/g, ' ').trim()).filter((query) => !query.includes('__drizzle_migrations'));
  const isOf = (query: string, beginning: string) => query.startsWith(beginning);
  const beginnings = Object.keys(exceptions);
  expect(walking.filter((query) => !beginnings.some((beginning) => isOf(query, beginning)))).toEqual([]);
  // An exception that nothing needs any more goes.
  expect(beginnings.filter((beginning) => !walking.some((query) => isOf(query, beginning)))).toEqual([]);
  // It was looked at what a room asks, and not at nothing.
  const searched = [...plans.values()].flat().filter((step) => /^SEARCH (messages|read_marks|views|media|jobs)\b/.test(step));
  expect([plans.size > 75, searched.length > 45], `${plans.size} statements, ${searched.length} searches`).toEqual([true, true]);
});
