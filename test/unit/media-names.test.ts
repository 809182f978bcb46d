import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanFileName } from '../../src/media/file-name';
import { originalKey, placeOfKey, thumbnailKey, uploadKey } from '../../src/media/keys';
import { servedAs } from '../../src/media/served-as';

describe('file names', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\secret.txt', 'secret.txt'],
    ['a\u0000b\nc\u007f.txt', 'abc.txt'],
    ['exe\u202egpj.exe', 'exegpj.exe'],
    ['\u2066\u200f\ufefffoto\u200b.png', 'foto.png'],
    ['..', 'file'],
    ['.', 'file'],
    ['', 'file'],
    ['/', 'file'],
    ['\u202e', 'file'],
    ['.htaccess', 'htaccess'],
    [' a  b . ', 'a b'],
    ['a<b>:"|?*.txt', 'a_b______.txt'],
    ['\ud800x.txt', '\ufffdx.txt'],
    ['Cafe\u0301.txt', 'Café.txt'],
    ['👩\u200d👧 family.png', '👩\u200d👧 family.png'],
    ['الملف.pdf', 'الملف.pdf'],
  ])('[MEDIA-1] %j is shown as %j', (name, clean) => expect(cleanFileName(name)).toBe(clean));

  it('[MEDIA-1] a long name keeps its extension, and no character is cut in two', () => {
    expect(cleanFileName(`${'x'.repeat(500)}.tar`)).toBe(`${'x'.repeat(196)}.tar`);
    expect(cleanFileName(`${'🦢'.repeat(100)}.jpeg`)).toBe(`${'🦢'.repeat(48)}.jpeg`);
    expect(cleanFileName(`a.${'x'.repeat(500)}`)).toBe(`a.${'x'.repeat(198)}`);
  });

  // On a busy machine it takes longer than most.
  it('[MEDIA-1] whatever the name, what is shown is short, on one line, in one direction and in no folder', { timeout: 60_000 }, () => {
    const isBad = (clean: string) =>
      Buffer.byteLength(clean) > 200 || !clean.isWellFormed() || /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f/\\]|^\.|^$/u.test(clean);
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 250 }), (name) => !isBad(cleanFileName(name))));
  });
});

describe('how media are served', () => {
  it.each(['image/jpeg', 'image/png', 'image/webp', 'video/mp4', 'video/webm', 'audio/mp4', 'audio/webm', 'audio/ogg'])(
    '[MEDIA-1] %s in place, under its own type',
    (mime_type) => expect(servedAs({ mime_type, file_name: null })).toEqual({ contentType: mime_type, contentDisposition: 'inline' }),
  );

  it.each(['text/html', 'image/svg+xml', 'application/xhtml+xml', 'application/pdf', 'image/gif', 'text/javascript', 'video/quicktime'])(
    '[MEDIA-1] %s to be saved, under a type that nothing opens',
    (mime_type) => {
      expect(servedAs({ mime_type, file_name: 'a "b"; c=\u00e9.html' })).toEqual({
        contentType: 'application/octet-stream',
        contentDisposition: "attachment; filename*=UTF-8''a%20%22b%22%3B%20c%3D%C3%A9.html",
      });
    },
  );
});

describe('keys', () => {
  const [chat, medium] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];

  it('lead back to what they are of', () => {
    expect(placeOfKey(originalKey(chat, medium))).toEqual({ chatId: chat, mediaId: medium, part: 'original' });
    expect(placeOfKey(thumbnailKey(chat, medium))).toEqual({ chatId: chat, mediaId: medium, part: 'thumbnail' });
    expect(placeOfKey(uploadKey(chat, medium))).toEqual({ chatId: chat, mediaId: medium, part: 'upload' });
  });

  it.each([
    '',
    'rooms',
    `rooms/${chat}/${medium}`,
    `rooms/${chat}/${medium}/other`,
    `uploads/${chat}/${medium}/x`,
    `x/uploads/${chat}/${medium}`,
  ])('%j is nobody’s here', (key) => expect(placeOfKey(key)).toBeNull());
});
