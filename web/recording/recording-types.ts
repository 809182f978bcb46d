/** Every browser plays H.264 and AAC in MP4; WebM is for those that cannot write it, with the codec that costs a phone the least. */
const videoTypes = ['video/mp4;codecs=avc1.42E01F,mp4a.40.2', 'video/webm;codecs=vp8,opus', 'video/webm', 'video/mp4'] as const;
const audioTypes = ['audio/mp4;codecs=mp4a.40.2', 'audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/webm', 'audio/mp4'] as const;

/** The best type this browser records; null when it records none. */
export function recordingType(kind: 'video' | 'audio', isSupported: (type: string) => boolean): string | null {
  return (kind === 'video' ? videoTypes : audioTypes).find(isSupported) ?? null;
}
