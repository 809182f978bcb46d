/** Ids of the elements that this project reads or keeps, as the Matroska specification (RFC 9559) names them. */
export const id = {
  ebml: 0x1a45_dfa3,
  docType: 0x4282,
  segment: 0x1853_8067,
  seekHead: 0x114d_9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  info: 0x1549_a966,
  timestampScale: 0x2a_d7b1,
  duration: 0x4489,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654_ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cues: 0x1c53_bb6b,
  cuePoint: 0xbb,
  cuePositions: 0xb7,
  cluster: 0x1f43_b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
} as const;

/** Versions and lengths, in the file's first element. */
export const inHeader: ReadonlySet<number> = new Set([0x4286, 0x42f7, 0x42f2, 0x42f3, id.docType, 0x4287, 0x4285]);
export const inInfo: ReadonlySet<number> = new Set([id.timestampScale, id.duration, id.muxingApp, id.writingApp]);
/** Number, UID, type, flags, caches, durations, language, codec with its set-up, delays, video, audio, encodings. */
export const inTrackEntry: ReadonlySet<number> = new Set([
  id.trackNumber,
  0x73c5,
  id.trackType,
  0xb9,
  0x88,
  0x55aa,
  0x9c,
  0x6de7,
  0x6df8,
  0x23_e383,
  0x23_314f,
  0x55ee,
  0x22_b59c,
  0x86,
  0x63a2,
  0xaa,
  0x56aa,
  0x56bb,
  id.video,
  0xe1,
  0x6d80,
]);
/** Sizes, cropping, aspect, interlacing, stereo, alpha, colours, projection. */
export const inVideo: ReadonlySet<number> = new Set([
  id.pixelWidth,
  id.pixelHeight,
  0x54b0,
  0x54ba,
  0x54b2,
  0x54b3,
  0x54aa,
  0x54bb,
  0x54cc,
  0x54dd,
  0x9a,
  0x9d,
  0x53b8,
  0x53c0,
  0x55b0,
  0x7670,
]);
/** Time. */
export const inCuePoint: ReadonlySet<number> = new Set([0xb3, id.cuePositions]);
/** Track, cluster, place in it, duration, number of the block. */
export const inCuePositions: ReadonlySet<number> = new Set([0xf7, 0xf1, 0xf0, 0xb2, 0x5378]);
/** Timestamp, position, size of the one before, blocks. */
export const inCluster: ReadonlySet<number> = new Set([id.timestamp, 0xa7, 0xab, id.simpleBlock, id.blockGroup]);
/** Block, duration, references, padding. */
export const inBlockGroup: ReadonlySet<number> = new Set([id.block, 0x9b, 0xfb, 0x75a2]);
/** What ends a cluster that does not know its size. */
export const inSegment: ReadonlySet<number> = new Set([
  id.seekHead,
  id.info,
  id.tracks,
  id.cues,
  id.cluster,
  0x1254_c367,
  0x1043_a770,
  0x1941_a469,
]);
