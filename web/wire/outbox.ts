/** What was sent and not yet answered, in sending order: it is sent again after every reconnect [SEND-2]. */
export class Outbox<Event extends { readonly id: string }> {
  readonly #waiting = new Map<string, Event>();

  add(event: Event): void {
    this.#waiting.set(event.id, event);
  }

  get(id: string): Event | undefined {
    return this.#waiting.get(id);
  }

  /** The server has decided about it, or its author took it back. */
  settle(id: string): void {
    this.#waiting.delete(id);
  }

  all(): Event[] {
    return [...this.#waiting.values()];
  }
}
