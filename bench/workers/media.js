// What an image costs the Worker: POST / as an upload is prepared, POST /decode with the decoder whatever its size.

import { inspectImage } from '../../src/media/inspect-image';
import { prepareImage } from '../../src/media/prepare-image';
import { renderImage } from '../../src/media/thumbnail';
import { unwrap } from '../../src/result';

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const bytes = await request.bytes();
    if (pathname !== '/decode') return answer(prepareImage(bytes, null).thumbnail);
    const file = unwrap(inspectImage(bytes, null));
    return answer(renderImage(file.rebuild(1), file.facts)?.thumbnail ?? null);
  },
};

function answer(thumbnail) {
  return new Response(thumbnail, { headers: { 'x-thumbnail': String(thumbnail !== null) } });
}
