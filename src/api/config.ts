import { version } from '../../package.json';
import * as limits from '../protocol/limits';
import type { ApiContext } from './context';
import type { ApiRequest } from './params';
import { type ApiRouter, json } from './router';

/** What a client must know before it signs in, and whether the deployment answers. */
export function configRoutes(router: ApiRouter): void {
  router.get('/api/config', getConfig);
  router.get('/api/health', () => json({ status: 'ok', version }));
}

function getConfig(_request: ApiRequest, { config }: ApiContext): Response {
  return json({
    protocol: 1,
    limits: {
      max_text_code_points: limits.maxTextCodePoints,
      max_text_bytes: limits.maxTextBytes,
      max_display_name_code_points: limits.maxDisplayNameCodePoints,
      max_chat_name_code_points: limits.maxChatNameCodePoints,
      max_members: limits.maxMembers,
      min_expiry_seconds: limits.minExpirySeconds,
      max_expiry_seconds: limits.maxExpirySeconds,
      max_image_bytes: limits.maxImageBytes,
      max_image_pixels: limits.maxImagePixels,
      max_video_bytes: limits.maxVideoBytes,
      max_video_ms: limits.maxVideoMs,
      max_audio_bytes: limits.maxAudioBytes,
      max_audio_ms: limits.maxAudioMs,
      max_file_bytes: limits.maxFileBytes,
      max_client_frame_bytes: limits.maxClientFrameBytes,
      max_events_per_frame: limits.maxEventsPerFrame,
      max_page_size: limits.maxPageSize,
    },
    media_origin: new URL(config.s3.endpoint).origin,
    vapid_public_key: config.push?.publicKey ?? null,
  });
}
