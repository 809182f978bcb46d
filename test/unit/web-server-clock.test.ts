import { expect, it } from 'vitest';
import { ServerClock } from '../../web/wire/server-clock';

/** A clock on a machine that is so far ahead of the server, and a way to get it a first frame that was so long on its way. */
function clockAhead(aheadMs: number) {
  let server = 1_000_000;
  const clock = new ServerClock(() => server + aheadMs);
  return {
    clock,
    connect(thereMs: number, backMs: number) {
      const askedAt = server + aheadMs;
      server += thereMs;
      const said = server;
      server += backMs;
      clock.observe(said, askedAt);
    },
    errorMs: () => clock.now() - server,
  };
}

it('[EXP-3] a clock that is right stays so, however long the frame with the time was on its way', () => {
  const { connect, errorMs } = clockAhead(0);
  connect(100, 9_000);
  expect(errorMs()).toBe(0);
});

it('[EXP-3] a wrong clock is put right as closely as the way of the frame allows, and better by one that was quick', () => {
  const behind = clockAhead(-60_000);
  behind.connect(20, 3_000);
  expect(behind.errorMs()).toBe(-3_000);
  behind.connect(20, 30);
  expect(behind.errorMs()).toBe(-30);
  behind.connect(20, 3_000);
  expect(behind.errorMs()).toBe(-30);
  const ahead = clockAhead(60_000);
  ahead.connect(20, 3_000);
  expect(ahead.errorMs()).toBe(20);
});

it('[EXP-3] what has happened on the server has happened', () => {
  const { clock, connect, errorMs } = clockAhead(-60_000);
  connect(20, 3_000);
  clock.hasReached(clock.now() + 3_000);
  expect(errorMs()).toBe(0);
  clock.hasReached(clock.now() - 5_000);
  expect(errorMs()).toBe(0);
});

it('[EXP-3] a machine whose clock is set meanwhile follows the server again with the next frame', () => {
  let local = 5_000;
  const clock = new ServerClock(() => local);
  clock.observe(1_000_000, 5_000);
  local = 900_000;
  clock.observe(1_000_500, 900_000);
  expect(clock.now()).toBe(1_000_500);
});
