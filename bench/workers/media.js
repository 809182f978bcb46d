// What media cost the Worker, without rooms: POST / as an image is prepared, /decode with the decoder whatever its size,
// /complete?type= as what lies in the store of ?store= is checked, cleaned and stored, /base64 as the call that carries its image.

import { initPhoton } from '@cf-wasm/photon';
import { readBase64Upload } from '../../src/api/media-inline';
import { inspectImage } from '../../src/media/inspect-image';
import { uploadKey } from '../../src/media/keys';
import { prepareUpload, prepareWholeImage, storeMedium } from '../../src/media/prepare';
import { prepareImage } from '../../src/media/prepare-image';
import { createS3, headObject } from '../../src/media/s3';
import { StoredUpload } from '../../src/media/stored-upload';
import { renderImage } from '../../src/media/thumbnail';
import { unwrap } from '../../src/result';

const [chatId, mediaId] = ['chat', 'medium'];

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const s3 = createS3({
      endpoint: searchParams.get('store'),
      bucket: 'media',
      region: 'auto',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
    });
    if (pathname === '/complete') return answer(await complete(s3, searchParams.get('type')));
    if (pathname === '/base64') {
      const { take, claimedType, viewOnce } = await readBase64Upload(request, crypto.randomUUID());
      const prepared = prepareWholeImage(await take(), claimedType, viewOnce);
      await storeMedium(s3, chatId, mediaId, prepared);
      return answer(prepared.thumbnail);
    }
    const bytes = await request.bytes();
    if (pathname !== '/decode') return answer(prepareImage(bytes, null).thumbnail);
    const file = unwrap(inspectImage(bytes, null));
    return answer(renderImage(file.rebuild(1), file.facts)?.thumbnail ?? null);
  },
};

async function complete(s3, type) {
  const key = uploadKey(chatId, mediaId);
  const state = await headObject(s3, key);
  const claim = { mimeType: type, byteSize: state.byteSize, viewOnce: false, fileName: null, durationMs: null, posterId: null };
  const prepared = await prepareUpload(new StoredUpload(s3, key, state), claim);
  await storeMedium(s3, chatId, mediaId, prepared);
  return prepared.thumbnail;
}

async function answer(thumbnail) {
  const { memory } = await initPhoton.ensure();
  return new Response(thumbnail, {
    headers: { 'x-thumbnail': String(thumbnail !== null), 'x-decoder-bytes': String(memory.buffer.byteLength) },
  });
}
