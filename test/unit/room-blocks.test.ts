import { describe, expect, it } from 'vitest';
import { type BlockOrder, type BlockState, Blocks } from '../../src/room/blocks';

const [ada, ben] = ['ada', 'ben'];
const progress = (delivered: number, read: number) => ({ delivered, read });
const order = (userId: string, isActive: boolean, version: number): BlockOrder => ({ userId, isActive, version });

/** A direct chat's blocks over time: each order at the room's `seq`, with both cursors there. */
class Story {
  states: readonly BlockState[] = [];

  get blocks(): Blocks {
    return new Blocks(this.states);
  }

  follow(next: BlockOrder, seq: number): boolean {
    const state = this.blocks.follow(next, { seq, progress: { [ada]: progress(seq, seq), [ben]: progress(seq, seq) } });
    if (state !== null) this.states = [...this.states.filter(({ userId }) => userId !== state.userId), state];
    return state !== null;
  }
}

describe('[BLOCK-1] the blocks of a direct chat', () => {
  it('hide what the other sends, and nothing of the blocker’s', () => {
    const story = new Story();
    expect(story.blocks.areAgainst(ada)).toBe(false);
    story.follow(order(ben, true, 1), 5);
    expect([story.blocks.areAgainst(ada), story.blocks.areAgainst(ben), story.blocks.areSilencing]).toEqual([true, false, true]);
    story.follow(order(ben, false, 2), 9);
    expect([story.blocks.areAgainst(ada), story.blocks.areSilencing, story.blocks.haveEverBeen]).toEqual([false, false, true]);
  });

  it('follow the latest decision only, in whatever order and however often it comes', () => {
    const story = new Story();
    expect(story.follow(order(ben, true, 3), 5)).toBe(true);
    expect(story.follow(order(ben, true, 3), 6)).toBe(false);
    expect(story.follow(order(ben, false, 2), 7)).toBe(false);
    // A change of mind and back that nobody heard of: the block goes on from where it was.
    expect(story.follow(order(ben, true, 5), 8)).toBe(true);
    expect(story.blocks.of(ben)).toMatchObject({ isActive: true, version: 5, sinceSeq: 5 });
    expect(story.follow(order(ben, false, 4), 9)).toBe(false);
    expect(story.blocks.areAgainst(ada)).toBe(true);
  });

  it('remember where each time hid something, and nothing of a time that hid nothing', () => {
    const story = new Story();
    story.follow(order(ben, true, 1), 5);
    expect(story.blocks.missedBy(ben)).toEqual([]);
    story.follow(order(ben, false, 2), 9);
    story.follow(order(ben, true, 3), 12);
    story.follow(order(ben, false, 4), 12);
    story.follow(order(ben, true, 5), 20);
    story.follow(order(ben, false, 6), 21);
    expect(story.blocks.missedBy(ben)).toEqual([
      [6, 9],
      [21, 21],
    ]);
    expect(story.blocks.missedBy(ada)).toEqual([]);
  });

  it('keep showing both cursors as they were when the first block began, until the last has ended', () => {
    const story = new Story();
    story.follow(order(ben, true, 1), 5);
    story.follow(order(ada, true, 1), 8);
    expect([ada, ben].map((userId) => story.blocks.shownProgress(userId))).toEqual([progress(5, 5), progress(5, 5)]);
    story.follow(order(ben, false, 2), 11);
    expect(story.blocks.shownProgress(ben)).toEqual(progress(5, 5));
    story.follow(order(ada, false, 2), 12);
    expect(story.blocks.shownProgress(ben)).toBeNull();
    story.follow(order(ada, true, 3), 20);
    expect(story.blocks.shownProgress(ben)).toEqual(progress(20, 20));
  });

  it('may be there before the room: then there was nothing to show', () => {
    const state = new Blocks([]).follow(order(ben, true, 1), { seq: 0, progress: {} });
    const blocks = new Blocks(state === null ? [] : [state]);
    expect([blocks.areAgainst(ada), blocks.shownProgress(ada), blocks.of(ben)?.sinceSeq]).toEqual([true, progress(0, 0), 0]);
  });
});
