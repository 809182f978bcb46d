import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { originalKey, thumbnailKey, uploadKey } from '../../src/media/keys';
import { linkedMediaAnswer } from '../../src/protocol/rest';
import { Bucket } from '../support/bucket';
import { type ChatOfTwo, makeDirectChat } from '../support/chats';
import { clipNames, clips, readClip } from '../support/clips';
import { type Harness, startHarness } from '../support/harness';
import { imageNames, readImage, typeOf, withJpegSize } from '../support/images';
import { completeUpload, reserveUpload, uploadBytes } from '../support/media';
import { hasAws, hasCurl, hasPerl, lyingPhoto, run, type Seen, seenByMagick, tag, tagsOf } from '../support/witnesses';

let harness: Harness;
let bucket: Bucket;
let chat: ChatOfTwo;
let folder: string;
beforeAll(async () => {
  harness = await startHarness();
  bucket = new Bucket(harness.url);
  chat = await makeDirectChat(harness.url);
  folder = mkdtempSync(join(tmpdir(), 'relayhub-witnesses-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  bucket.close();
  await harness.close();
});

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Uploads by a URL, and gives what a member then gets of it. */
async function stored(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<{ bytes: Uint8Array; thumbnail: Uint8Array | null }> {
  const { id } = await uploadBytes(chat.ada, chat.chatId, bytes, type);
  const { url, thumbnail_url } = v.parse(linkedMediaAnswer, (await chat.ada.call('GET', `/api/media/${id}`)).body).media;
  const get = async (link: string) => (await fetch(link)).bytes();
  return { bytes: await get(url), thumbnail: thumbnail_url === null ? null : await get(thumbnail_url) };
}

/** What exiftool may find: how picture and sound are laid out and coded, by the format. */
const structural: Readonly<Record<string, string>> = {
  File: 'BitsPerSample ColorComponents EncodingProcess FileType FileTypeExtension ImageHeight ImageWidth MIMEType YCbCrSubSampling',
  Info: 'Duration MuxingApp TimecodeScale WritingApp',
  JFIF: 'JFIFVersion ResolutionUnit XResolution YResolution',
  Matroska:
    'CueClusterPosition CueTime CueTrack DocType DocTypeReadVersion DocTypeVersion EBMLMaxIDLength EBMLMaxSizeLength EBMLReadVersion EBMLVersion Matroska_0x0070 SeekID SeekPosition',
  Opus: 'AudioChannels OpusVersion OutputGain SampleRate',
  PNG: 'BitDepth ColorType Compression Filter ImageHeight ImageWidth Interlace Palette',
  QuickTime:
    'CompatibleBrands CreateDate CurrentTime Duration Free MajorBrand MatrixStructure MediaData MediaDataOffset MediaDataSize MinorVersion ModifyDate MovieFragmentSequence MovieHeaderVersion NextTrackID PosterTime PreferredRate PreferredVolume PreviewDuration PreviewTime SelectionDuration SelectionTime TimeScale Unknown_free Unknown_mfra Unknown_mvex Unknown_tfdt Unknown_tfhd Unknown_trun',
  RIFF: 'AlphaCompression AlphaFiltering AlphaIsUsed AlphaPreprocessing AnimationLoopCount BackgroundColor Duration HorizontalScale ImageHeight ImageWidth VP8Version VerticalScale WebP_Flags',
  Track:
    'AVCConfiguration AudioBitsPerSample AudioChannels AudioCodecID AudioFormat AudioSampleRate AverageBitrate Balance BitDepth BufferSize ChunkOffset CodecID CodecPrivate ColorPrimaries ColorProfiles CompositionTimeToSample CompressorID GraphicsMode HandlerType ImageHeight ImageWidth MatrixCoefficients MatrixStructure Matroska_0x13c0 Matroska_0x15b0 Matroska_0x16aa Matroska_0x16bb MaxBitrate MaxBlockAdditionID MediaCreateDate MediaDuration MediaHeaderVersion MediaLanguageCode MediaModifyDate MediaTimeScale OpColor PixelAspectRatio SampleGroupDescription SampleSizes SampleToChunk SampleToGroup SourceImageHeight SourceImageWidth SyncSampleTable TimeToSampleTable TrackCreateDate TrackDefault TrackDuration TrackHeaderVersion TrackID TrackLacing TrackLanguage TrackLayer TrackModifyDate TrackNumber TrackType TrackUID TrackVolume TransferCharacteristics Unknown_dOps Unknown_edts Unknown_esds Unknown_free Unknown_vpcC VideoCodecID VideoFrameRate VideoFullRangeFlag VideoScanType XResolution YResolution',
  Vorbis: 'AudioChannels MaximumBitrate MinimumBitrate NominalBitrate SampleRate Vendor VorbisVersion',
};
const isStructural = (name: string) => {
  const [group = '', tagName = ''] = name.split(':');
  return structural[group.replace(/\d+$/, '')]?.split(' ').includes(tagName) === true;
};
/** Fields that a format has in any case: they must say nothing. */
const blank = /(Date|App|Vendor|Language|LanguageCode)$/;

const samples = [
  ...imageNames.map((name) => [name, typeOf(name), readImage(name)] as const),
  ...clipNames.map((name) => [name, clips[name], readClip(name)] as const),
];

describe.runIf(hasPerl)('exiftool', () => {
  test.each(samples)('[MEDIA-1] finds no metadata in %s as it is stored', async (name, type, original) => {
    const tags = tagsOf(file(name, (await stored(original, type)).bytes));
    // Sound in WebM it calls by the name of WebM's mother.
    expect(tags.get('File:MIMEType')).toBe(type === 'audio/webm' ? 'audio/x-matroska' : type);
    expect([...tags.keys()].filter((tagName) => !isStructural(tagName))).toEqual([]);
    for (const [tagName, value] of tags) if (blank.test(tagName)) expect(value).toMatch(/^(0000:00:00 00:00:00|und)?$/);
    expect([...tags.values()].join(' ')).not.toMatch(/secret|48\.1|2026|error|corrupt/i);
  });

  test('sees what was there before', () => {
    for (const [name, ...seen] of [
      ['phone-orientation-6.jpg', 'GPS:GPSLatitude', 'IFD0:Make', 'IFD1:ThumbnailImage', 'IPTC:Keywords', 'XMP-dc:Creator', 'File:Comment'],
      ['text-orientation-6.png', 'PNG:Author', 'GPS:GPSLatitude', 'PNG:ModifyDate'],
      ['metadata-orientation-6.webp', 'GPS:GPSLatitude', 'XMP-dc:Creator'],
      ['film.mp4', 'Keys:GPSCoordinates', 'Keys:Make', 'UserData:ChapterList', 'ItemList:Title'],
      ['film.webm', 'Info:Title', 'Matroska:Location'],
      ['sound.ogg', 'Vorbis:Location', 'Vorbis:CreationTime'],
    ] as const) {
      const [, , original] = samples.find(([sample]) => sample === name) ?? [];
      const tags = tagsOf(file(`before-${name}`, original ?? new Uint8Array()));
      for (const tagName of seen) expect([...tags.keys()]).toContain(tagName);
    }
  });

  test('[MEDIA-1] finds the orientation, and nothing else, in a picture too large to be turned', async () => {
    const { bytes } = await stored(withJpegSize(readImage('phone-orientation-6.jpg'), 3_000, 4_000), 'image/jpeg');
    const told = [...tagsOf(file('large.jpg', bytes))].filter(([name]) => !isStructural(name));
    expect(told).toEqual([
      ['File:ExifByteOrder', 'Big-endian (Motorola, MM)'],
      ['IFD0:Orientation', 'Rotate 90 CW'],
    ]);
  });
});

describe('ImageMagick', () => {
  const near = (seen: Seen, expected: Seen) => {
    expect({ width: seen.width, height: seen.height }).toEqual({ width: expected.width, height: expected.height });
    for (const [index, value] of seen.quarters.entries()) expect(Math.abs(value - (expected.quarters[index] ?? -99))).toBeLessThan(24);
  };

  test.runIf(hasPerl).each([1, 2, 3, 4, 5, 6, 7, 8])(
    '[MEDIA-1] [MEDIA-2] agrees on size and orientation of a picture that lies as EXIF calls %i, and of its thumbnail',
    async (orientation) => {
      for (const name of ['progressive.jpg', 'palette.png', 'lossless.webp'] as const) {
        const path = file(`lying-${orientation}-${name}`, readImage(name));
        tag(path, `-Orientation=${orientation}`);
        const lying = new Uint8Array(readFileSync(path));
        const shown = await seenByMagick(lying);
        expect(shown.orientation).toBe(orientation);
        const { bytes, thumbnail } = await stored(lying, typeOf(name));
        const upright = await seenByMagick(bytes);
        expect(upright.orientation).toBe(1);
        near(upright, shown);
        near(await seenByMagick(thumbnail ?? new Uint8Array()), shown);
      }
    },
  );

  test('[MEDIA-1] sees the same picture of 12 megapixels, lying on its side, before and after', async () => {
    const jpeg = await lyingPhoto(4_000, 3_000);
    const shown = await seenByMagick(jpeg);
    expect(shown).toMatchObject({ width: 3_000, height: 4_000, orientation: 6 });
    const { bytes, thumbnail } = await stored(jpeg, 'image/jpeg');
    expect(await seenByMagick(bytes)).toEqual(shown);
    expect(thumbnail).toBeNull();
  });

  test.each(samples.filter(([, type]) => type.startsWith('image/')))(
    '[MEDIA-1] sees in %s what it saw before',
    async (_name, type, original) => {
      near(await seenByMagick((await stored(original, type)).bytes), await seenByMagick(original));
    },
  );
});

/** What the store knows our clients by. */
const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local-development-only', AWS_DEFAULT_REGION: 'auto' };

/** The AWS CLI at the store, `null` when the store refuses. */
function aws(args: string[], env: Record<string, string> = credentials): string | null {
  const place = ['--endpoint-url', `${harness.url}/cdn-cgi/local/r2/s3`, '--cli-connect-timeout', '10'];
  try {
    return run('aws', [...place, ...args], {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_CONFIG_FILE: '/dev/null',
      ...env,
    });
  } catch {
    return null;
  }
}

describe.runIf(hasAws)('the AWS CLI', () => {
  const [bucketName, bytes] = ['relayhub-media', readImage('palette.png')] as const;

  test('[MEDIA-1] [EXP-7] finds what was uploaded where it belongs, as it is to be served', { timeout: 180_000 }, async () => {
    const media = await uploadBytes(chat.ada, chat.chatId, new Uint8Array(Buffer.from('<script>')), 'text/html', {
      file_name: 'a “b”.html',
    });
    const key = originalKey(chat.chatId, media.id);
    const head = aws(['s3api', 'head-object', '--bucket', bucketName, '--key', key]);
    expect(JSON.parse(head ?? '')).toMatchObject({
      ContentLength: 8,
      ContentType: 'application/octet-stream',
      ContentDisposition: "attachment; filename*=UTF-8''a%20%E2%80%9Cb%E2%80%9D.html",
      CacheControl: 'private, no-store',
    });
    const listed = aws(['s3api', 'list-objects-v2', '--bucket', bucketName, '--prefix', `rooms/${chat.chatId}/${media.id}/`]);
    expect(JSON.parse(listed ?? '').Contents.map(({ Key }: { Key: string }) => Key)).toEqual([key]);
    const path = join(folder, 'got');
    aws(['s3api', 'get-object', '--bucket', bucketName, '--key', key, path]);
    expect(readFileSync(path, 'utf8')).toBe('<script>');
  });

  test('[MEDIA-1] [MEDIA-3] can do nothing without credentials, nor with those of another', { timeout: 180_000 }, async () => {
    const media = await uploadBytes(chat.ada, chat.chatId, bytes, 'image/png');
    const [key, path] = [originalKey(chat.chatId, media.id), file('other.png', bytes)];
    const calls = [
      ['s3api', 'get-object', '--bucket', bucketName, '--key', key, join(folder, 'stolen')],
      ['s3api', 'put-object', '--bucket', bucketName, '--key', key, '--body', path],
      ['s3api', 'delete-object', '--bucket', bucketName, '--key', key],
      ['s3api', 'list-objects-v2', '--bucket', bucketName],
    ];
    for (const call of calls) {
      expect(aws(['--no-sign-request', ...call])).toBeNull();
      expect(aws(call, { ...credentials, AWS_SECRET_ACCESS_KEY: 'another' })).toBeNull();
    }
    // The calls are right: with the credentials the first of them works.
    expect(aws(calls[0] ?? [])).not.toBeNull();
    expect(await bucket.keysUnder(`rooms/${chat.chatId}/${media.id}/`)).toEqual([key, thumbnailKey(chat.chatId, media.id)]);
  });
});

describe.runIf(hasCurl)('curl', () => {
  const bytes = readImage('gray.jpg');
  const curl = (...args: string[]) => run('curl', ['-s', '-o', join(folder, 'answer'), '-w', '%{http_code}', ...args]);

  test('[MEDIA-1] [EXP-7] can do with a URL exactly what it allows', async () => {
    const reserved = await reserveUpload(chat.ada, chat.chatId, bytes, 'image/jpeg');
    const { url, headers } = reserved.upload;
    const [path, longer] = [file('gray.jpg', bytes), file('longer.jpg', new Uint8Array([...bytes, 0]))];
    const told = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    expect(curl('-T', longer, ...told, url)).toBe('403');
    expect(curl('-T', path, '-H', 'content-type: image/jpeg', url)).toBe('403');
    expect(curl('-T', path, ...told, '-H', 'content-type: text/html', url)).toBe('403');
    expect(curl(url)).toBe('403');
    expect(curl('-X', 'DELETE', url)).toBe('403');
    expect(
      curl('-T', path, ...told, url.replace(uploadKey(chat.chatId, reserved.media_id), originalKey(chat.chatId, reserved.media_id))),
    ).toBe('403');
    expect(curl('-T', path, ...told, url)).toBe('200');
    expect(curl('-T', path, ...told, url)).toBe('412');
    expect(await completeUpload(chat.ada, reserved)).toMatchObject({ status: 200 });

    const linked = v.parse(linkedMediaAnswer, (await chat.ada.call('GET', `/api/media/${reserved.media_id}`)).body).media;
    expect(curl(linked.url)).toBe('200');
    expect(readFileSync(join(folder, 'answer'))).toHaveLength(linked.byte_size);
    expect(curl('-r', '0-9', linked.url)).toBe('206');
    expect(curl('-T', path, linked.url)).toBe('403');
    expect(curl('-X', 'DELETE', linked.url)).toBe('403');
    expect(curl(linked.url.replace('/original?', '/thumbnail?'))).toBe('403');
    expect(curl(linked.url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=9999'))).toBe('403');
  });
});
