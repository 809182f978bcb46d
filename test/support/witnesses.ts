import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initializeImageMagick, MagickFormat, MagickGeometry, MagickImage } from '@imagemagick/magick-wasm';
import { concat, toBytes } from '../../src/media/formats/bytes';
import { writeOrientation } from '../../src/media/formats/exif';
import { readImage } from './images';

/** Programs that know nothing of this project and say what a file is. exiftool and ImageMagick come with the packages. */

const exiftoolPath = join(dirname(createRequire(import.meta.url).resolve('exiftool-vendored.pl/package.json')), 'bin/exiftool');

/** Whether a program can be started here; says loudly when it cannot. */
function isHere(program: string, ...args: string[]): boolean {
  const here = spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  if (!here) console.warn(`NOT PROVEN HERE: what ${program} would say, which is not on this machine`);
  return here;
}

/** exiftool needs Perl, which nearly every system has. */
export const hasPerl = isHere('perl', '-v');
export const hasAws = isHere('aws', '--version');
export const hasCurl = isHere('curl', '--version');

/** Everything exiftool finds in a file, embedded and unknown things too, by `group:tag`; but not what it says of the disk. */
export function tagsOf(path: string): ReadonlyMap<string, string> {
  const [found] = JSON.parse(run('perl', [exiftoolPath, '-json', '-G1', '-a', '-u', '-ee', path]));
  const tags = Object.entries(found).filter(([name]) => !/^(SourceFile|(System|ExifTool|Composite):)/.test(name));
  return new Map(tags.map(([name, value]) => [name, String(value)]));
}

/** Lets exiftool write into a file. */
export function tag(path: string, ...args: string[]): void {
  run('perl', [exiftoolPath, '-q', '-overwrite_original', '-n', ...args, path]);
}

/** What a program prints. @throws when it fails */
export function run(program: string, args: string[], env: Record<string, string> = {}): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
}

/** A picture as ImageMagick sees it, its pixels as it says they are to be shown. */
export interface Seen {
  readonly width: number;
  readonly height: number;
  /** As stored: 1 for upright or not told. */
  readonly orientation: number;
  /** Red, green, blue of the middle of each quarter, from the top left, row by row. */
  readonly quarters: readonly number[];
}

let magick: Promise<void> | null = null;
function startMagick(): Promise<void> {
  magick ??= initializeImageMagick(readFileSync(fileURLToPath(import.meta.resolve('@imagemagick/magick-wasm/magick.wasm'))));
  return magick;
}

/** Decodes a picture with ImageMagick. */
export async function seenByMagick(bytes: Uint8Array): Promise<Seen> {
  await startMagick();
  const image = MagickImage.create(bytes);
  try {
    const orientation = Math.max(1, image.orientation);
    image.autoOrient();
    const { width, height } = image;
    const quarters = image.getPixels((pixels) =>
      [0.25, 0.75].flatMap((y) =>
        [0.25, 0.75].flatMap((x) => [...(pixels.toByteArray(Math.floor(x * width), Math.floor(y * height), 1, 1, 'RGB') ?? [])]),
      ),
    );
    return { width, height, orientation, quarters };
  } finally {
    image.dispose();
  }
}

/** A JPEG of that many pixels as a phone held upright stores it: lying on its side, four colours. */
export async function lyingPhoto(width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  await startMagick();
  const image = MagickImage.create(readImage('progressive.jpg'));
  try {
    const size = new MagickGeometry(width, height);
    size.ignoreAspectRatio = true;
    image.resize(size);
    const jpeg = image.write(MagickFormat.Jpeg, (bytes) => bytes.slice());
    const exif = concat([toBytes('Exif\0\0'), writeOrientation(6)]);
    return concat([jpeg.subarray(0, 2), Uint8Array.of(0xff, 0xe1, 0, exif.length + 2), exif, jpeg.subarray(2)]);
  } finally {
    image.dispose();
  }
}
