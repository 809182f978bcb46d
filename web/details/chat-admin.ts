import type { Policy, Role } from '../../src/protocol/models';
import type { Membership } from '../conversation/membership';
import type { Rest } from '../wire/rest';

export type PolicyChoice = Pick<Policy, 'expires_in_seconds' | 'expire_mode'>;

/** Changes of a chat itself [GROUP-1] [EXP-6]. Every method throws WireProblem. */
export class ChatAdmin {
  readonly #rest: Rest;
  readonly #chatId: string;
  readonly #membership: Membership;

  constructor(rest: Rest, chatId: string, membership: Membership) {
    this.#rest = rest;
    this.#chatId = chatId;
    this.#membership = membership;
  }

  async rename(name: string): Promise<void> {
    this.#membership.know(await this.#rest.changeChat(this.#chatId, { name }));
  }

  async setPolicy(expiry: PolicyChoice): Promise<void> {
    this.#membership.know(await this.#rest.changeChat(this.#chatId, { expiry }));
  }

  async addMembers(userIds: readonly string[]): Promise<void> {
    await this.#rest.addMembers(this.#chatId, userIds);
  }

  async setRole(userId: string, role: Role): Promise<void> {
    await this.#rest.setRole(this.#chatId, userId, role);
  }

  async removeMember(userId: string): Promise<void> {
    await this.#rest.removeMember(this.#chatId, userId);
  }

  async leave(): Promise<void> {
    await this.#rest.removeMember(this.#chatId, 'me');
  }

  /** Learns a page of the members; resolves with the cursor of the next, null after the last. */
  async loadMembers(cursor: string | null): Promise<string | null> {
    const { members, next_cursor } = await this.#rest.members(this.#chatId, cursor);
    this.#membership.learn(members);
    return next_cursor;
  }
}
