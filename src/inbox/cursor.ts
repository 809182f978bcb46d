/** Where a page of the chat list ended. Clients see it as an opaque string. */
export interface ChatCursor {
  readonly updatedAt: number;
  readonly chatId: string;
}

export function encodeCursor({ updatedAt, chatId }: ChatCursor): string {
  return `${updatedAt}_${chatId}`;
}

/** Anything that is not a cursor of ours means the first page: it can show nothing that the caller may not see. */
export function decodeCursor(cursor: string | null): ChatCursor | null {
  const match = cursor?.match(/^(\d{1,16})_([0-9a-f-]{36})$/);
  const [, updatedAt, chatId] = match ?? [];
  return updatedAt === undefined || chatId === undefined ? null : { updatedAt: Number(updatedAt), chatId };
}
