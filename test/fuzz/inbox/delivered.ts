import { expectSame } from '../model/compare';
import type { ModelChat, ModelStay } from './list-model';
import type { ListRun } from './list-run';

interface Receipt {
  readonly userId: string;
  readonly state: 'sent' | 'delivered' | 'read' | 'viewed';
}

/**
 * [INBOX-4] At rest everything unread that a user's devices list has been delivered, and its senders know: nobody has opened its
 * chats, so it was a device's acknowledgement to its inbox that told. In direct chats blocks may keep it from the sender.
 */
export async function expectDelivered(run: ListRun<unknown, unknown>): Promise<void> {
  for (const chat of run.chats.filter(({ isGroup }) => isGroup)) {
    for (const stay of chat.present()) {
      const newest = newestUnread(chat, stay, run.now);
      if (newest === undefined) continue;
      const asked = await run.askRoom<Receipt[]>(chat, 'receipts', newest.senderId, newest.id);
      // It has ended since.
      if (!asked.ok) continue;
      const receipt = asked.value.find(({ userId }) => userId === stay.userId);
      expectSame('[INBOX-4] how an unread message stands for who lists it', receipt?.state, 'delivered');
      run.tally.add('deliveries in the end');
    }
  }
}

function newestUnread(chat: ModelChat, stay: ModelStay, now: number) {
  const theirs = chat
    .shownTo(stay)
    .filter(({ seq, senderId, kind }) => kind !== 'system' && senderId !== stay.userId && seq > stay.readSeq);
  // Who has left is told nothing.
  return theirs.findLast((message) => !chat.isOverFor(message, stay, now) && chat.stayOf(message.senderId) !== undefined);
}
