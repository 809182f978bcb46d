import { vi } from 'vitest';

/** What a room's process has around it, replaced for every test of the project that runs rooms in plain Node. */

vi.mock('../../../src/room/commit', async (original) => {
  const [commit, { watched }] = await Promise.all([original<typeof import('../../../src/room/commit')>(), import('./turns')]);
  return { ...commit, commitBatch: watched(commit.commitBatch) };
});
vi.mock('../../../src/room/upkeep-steps', async (original) => {
  const [steps, { watchedSteps }] = await Promise.all([original<typeof import('../../../src/room/upkeep-steps')>(), import('./turns')]);
  return { ...steps, upkeepSteps: watchedSteps(steps.upkeepSteps) };
});
vi.mock('../../../src/media/s3', () => import('./media-store'));
vi.mock('../../../src/directory/directory', () => import('./directory'));
vi.mock('../../../src/directory/chat-rooms', () => import('./directory'));
vi.mock('../../../src/directory/media', () => import('./directory'));
vi.mock('../../../src/directory/blocks', () => import('./directory'));
vi.mock('../../../src/directory/users', async (original) => ({ ...(await original<object>()), ...(await import('./directory')) }));
vi.mock('../../../src/direct-chat-id', () => import('./direct-chat-id'));
