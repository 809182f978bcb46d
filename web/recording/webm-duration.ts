/** The few elements of WebM (RFC 9559) that stand before the sound and the pictures. */
const id = { ebml: 0x1a45dfa3, segment: 0x18538067, info: 0x1549a966, duration: 0x4489, scale: 0x2ad7b1, seekHead: 0x114d9b74 } as const;

/** They stand within this many bytes of what a recorder writes. */
const headBytes = 4_096;
/** Nanoseconds a unit of time, unless the file says another. */
const usualScale = 1_000_000;

interface Element {
  readonly id: number;
  /** Where it begins, where its content does, and where it ends; null where it does not say. */
  readonly at: number;
  readonly body: number;
  readonly end: number | null;
}

/**
 * The recording with its length in its header. Browsers write WebM while they record and do not come back to it, so players would
 * show no end and could not seek. What is not as recorders write it stays as it is.
 */
export async function withWebmDuration(recording: Blob, durationMs: number): Promise<Blob> {
  const head = new DataView(await recording.slice(0, headBytes).arrayBuffer());
  const info = findInfo(head);
  if (info === null) return recording;
  const children = [...elementsIn(head, info.body, info.end)];
  if (children.some((child) => child.id === id.duration)) return recording;
  const scale = children.find((child) => child.id === id.scale);
  const nanoseconds = scale?.end == null ? usualScale : unsignedAt(head, scale.body, scale.end);
  const inserted = new DataView(new ArrayBuffer(11));
  inserted.setUint16(0, id.duration);
  inserted.setUint8(2, 0x88);
  inserted.setFloat64(3, (durationMs * 1e6) / nanoseconds);
  const header = new DataView(new ArrayBuffer(12));
  header.setUint32(0, id.info);
  header.setUint32(4, 0x0100_0000);
  header.setUint32(8, info.end - info.body + inserted.byteLength);
  return new Blob([recording.slice(0, info.at), header, inserted, recording.slice(info.body)], { type: recording.type });
}

/** The element that tells the length; null where putting something in would move what the file points at. */
function findInfo(head: DataView): (Element & { end: number }) | null {
  const [ebml, segment] = elementsIn(head, 0, head.byteLength);
  if (ebml?.id !== id.ebml || segment?.id !== id.segment || segment.end !== null) return null;
  for (const element of elementsIn(head, segment.body, head.byteLength)) {
    if (element.id === id.seekHead || element.end === null) return null;
    if (element.id === id.info) return element.end > head.byteLength ? null : { ...element, end: element.end };
  }
  return null;
}

function* elementsIn(view: DataView, from: number, to: number): Generator<Element> {
  for (let at = from; at < to; ) {
    const element = elementAt(view, at);
    if (element === null) return;
    yield element;
    if (element.end === null) return;
    at = element.end;
  }
}

function elementAt(view: DataView, at: number): Element | null {
  const idLength = lengthAt(view, at);
  const sizeLength = idLength === null ? null : lengthAt(view, at + idLength);
  if (idLength === null || idLength > 4 || sizeLength === null || at + idLength + sizeLength > view.byteLength) return null;
  const body = at + idLength + sizeLength;
  const size = unsignedAt(view, at + idLength, body) - 2 ** (7 * sizeLength);
  const isUnknown = size === 2 ** (7 * sizeLength) - 1;
  // A size of eight bytes is too large for a number to be exact: all of its bits set is nearly that.
  const isEndless = isUnknown || (sizeLength === 8 && size >= 2 ** 53);
  return { id: unsignedAt(view, at, at + idLength), at, body, end: isEndless ? null : body + size };
}

/** How many bytes a number takes whose first bits say so. */
function lengthAt(view: DataView, at: number): number | null {
  const first = at < view.byteLength ? view.getUint8(at) : 0;
  return first === 0 ? null : Math.clz32(first) - 23;
}

function unsignedAt(view: DataView, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 256 + view.getUint8(at);
  return value;
}
