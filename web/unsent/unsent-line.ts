import * as v from 'valibot';
import { uuid } from '../../src/protocol/text';
import type { OutgoingDraft } from '../conversation/outgoing';
import type { PreparedMedium } from '../media/prepared-medium';
import type { Kept } from '../vault/vault';

/** A line of the user that no server has answered for yet. */
export interface UnsentLine {
  readonly chatId: string;
  /** The tab that sends it. */
  readonly tab: string;
  /** When the user last wanted it sent, milliseconds since the epoch, this machine's clock. */
  readonly writtenAt: number;
  readonly draft: OutgoingDraft;
}

/** After this long it is asked for before it is sent: what was right then may not be now [SYNC-5]. */
export const staleAfterMs = 60 * 60 * 1000;

const px = v.pipe(v.number(), v.integer(), v.minValue(0));
const durationMs = v.nullable(v.number());
const size = v.object({ width: px, height: px });
/** Of a medium what is no bytes; these follow as blobs, its own first. */
const mediumFacts = v.variant('kind', [
  v.object({ kind: v.literal('image'), ...size.entries }),
  v.object({ kind: v.literal('video'), ...size.entries, durationMs, poster: v.nullable(size) }),
  v.object({ kind: v.literal('audio'), durationMs }),
  v.object({ kind: v.literal('file'), fileName: v.string() }),
]);
const lineFacts = v.object({
  chatId: uuid,
  tab: v.string(),
  text: v.nullable(v.string()),
  medium: v.nullable(mediumFacts),
  replyTo: v.nullable(uuid),
  isOnce: v.boolean(),
  allowsReplay: v.boolean(),
  expiresInSeconds: v.nullable(v.number()),
});

/** The line as a vault keeps it. */
export function toKept({ chatId, tab, writtenAt, draft: { id, medium, ...rest } }: UnsentLine): Kept {
  const facts: v.InferOutput<typeof lineFacts> = { chatId, tab, ...rest, medium };
  return { key: id, savedAt: writtenAt, value: v.parse(lineFacts, facts), blobs: medium === null ? [] : bytesOf(medium) };
}

/** The line that a vault kept; null where another page wrote something that this one does not know. */
export function fromKept({ key, savedAt, value, blobs }: Kept): UnsentLine | null {
  const parsed = v.safeParse(lineFacts, value);
  if (!parsed.success) return null;
  const { chatId, tab, medium: facts, ...rest } = parsed.output;
  const medium = facts === null ? null : withBytes(facts, blobs);
  if (facts !== null && medium === null) return null;
  return { chatId, tab, writtenAt: savedAt, draft: { id: key, ...rest, medium } };
}

const bytesOf = (medium: PreparedMedium): Blob[] =>
  medium.kind === 'video' && medium.poster !== null ? [medium.blob, medium.poster.blob] : [medium.blob];

function withBytes(facts: v.InferOutput<typeof mediumFacts>, [blob, posterBlob]: readonly Blob[]): PreparedMedium | null {
  if (blob === undefined) return null;
  if (facts.kind !== 'video') return { ...facts, blob };
  const { poster } = facts;
  return { ...facts, blob, poster: poster === null || posterBlob === undefined ? null : { kind: 'image', ...poster, blob: posterBlob } };
}
