// `npm run bench:media`: what pictures cost, and how long an upload takes until another member sees it; see README.md.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitWith, runQuietly } from '../scripts/lib/process.mjs';
import { workerdConfig } from './lib/config.mjs';
import { film, onItsSide, photo } from './lib/samples.mjs';
import { withScratch } from './lib/scratch.mjs';
import { uploadToVisible, withDeployment } from './lib/uploads.mjs';
import { serve } from './lib/workerd.mjs';
import { cpuSecondsOf } from './loadgen/cpu.mjs';

const pictures = [
  { megapixels: 1, isTurned: false },
  { megapixels: 4, isTurned: false },
  { megapixels: 4, isTurned: true },
  { megapixels: 8, isTurned: false },
  { megapixels: 12, isTurned: false },
];
/** Enough for the optimising compiler to have come, and for a steady number. */
const warmUps = 3;
const repeats = 12;
const uploads = 7;

await exitWith(() =>
  withScratch(async (directory) => {
    console.log(
      '| megapixels | JPEG, MiB | as uploaded: a second of CPU | memory, MiB | decoded whatever its size: a second of CPU | memory, MiB |',
    );
    console.log(
      '| ---------: | --------: | ---------------------------: | ----------: | -----------------------------------------: | ----------: |',
    );
    const bundle = join(directory, 'bundle');
    await runQuietly('wrangler', ['deploy', '--dry-run', '--config', 'bench/workers/media.toml', '--outdir', bundle]);
    for (const { megapixels, isTurned } of pictures) {
      const upright = photo(megapixels).bytes;
      const bytes = isTurned ? onItsSide(upright) : upright;
      const asUploaded = await measure(directory, bundle, '/', bytes);
      const decoded = await measure(directory, bundle, '/decode', bytes);
      console.log(
        `| ${[`${megapixels}${isTurned ? ', on its side' : ''}`, mib(bytes.length), ...show(asUploaded), ...show(decoded)].join(' | ')} |`,
      );
    }

    console.log(
      '\n| upload | MiB | until the store has it, ms | until it is complete | until the other member’s frame | until their bytes |',
    );
    console.log(
      '| ------ | --: | -------------------------: | -------------------: | -----------------------------: | ----------------: |',
    );
    await withDeployment(join(directory, 'state'), async (deployment) => {
      for (const [name, type, bytes] of samples()) {
        /** @type {Awaited<ReturnType<typeof uploadToVisible>>[]} */
        const times = [];
        for (let upload = 0; upload < uploads; upload++) times.push(await uploadToVisible(deployment, type, bytes));
        const median = (/** @type {'stored' | 'complete' | 'told' | 'seen'} */ step) => Math.round(middle(times.map((time) => time[step])));
        console.log(`| ${[name, mib(bytes.length), median('stored'), median('complete'), median('told'), median('seen')].join(' | ')} |`);
      }
    });
    return 0;
  }),
);

/** @returns {[name: string, type: string, bytes: Uint8Array][]} */
function samples() {
  return [
    ['photo, 4 megapixels', 'image/jpeg', photo(4).bytes],
    ['photo, 12 megapixels', 'image/jpeg', photo(12).bytes],
    ['voice note', 'audio/webm', new Uint8Array(readFileSync('test/fixtures/clips/voice.webm'))],
    ['video', 'video/mp4', film('film.mp4', 10 * 1024 * 1024)],
    ['largest video', 'video/mp4', film('film.mp4', 50 * 1024 * 1024)],
    ['file', 'application/pdf', new Uint8Array(25 * 1024 * 1024)],
  ];
}

/**
 * How many such images a second of CPU takes, and the most memory the server had, above what it has idle. A server for each: the
 * decoder's memory never shrinks.
 * @param {string} directory
 * @param {string} bundle
 * @param {string} path
 * @param {Uint8Array} bytes
 */
async function measure(directory, bundle, path, bytes) {
  const place = join(directory, `${path.length}-${bytes.length}`);
  mkdirSync(join(place, 'data'), { recursive: true });
  const modules = readdirSync(bundle).filter((file) => /\.(js|wasm)$/.test(file));
  for (const file of modules) cpSync(join(bundle, file), join(place, file));
  const ordered = modules.sort((a, b) => Number(b === 'media.js') - Number(a === 'media.js'));
  writeFileSync(join(place, 'config.capnp'), workerdConfig({ modules: ordered, objects: {} }, join(place, 'data')));
  const server = await serve(place);
  try {
    const post = async () => {
      const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', body: bytes });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`The Worker answered ${answer.status}`);
      return answer.headers.get('x-thumbnail') === 'true';
    };
    await (await fetch(`http://127.0.0.1:${server.port}${path}`)).arrayBuffer();
    const idle = peakMemory(server.pids);
    let hasThumbnail = false;
    for (let round = 0; round < warmUps; round++) hasThumbnail = await post();
    const before = cpuSecondsOf(...server.pids);
    for (let round = 0; round < repeats; round++) await post();
    return { aSecond: repeats / (cpuSecondsOf(...server.pids) - before), memory: peakMemory(server.pids) - idle, hasThumbnail };
  } finally {
    await server.end();
  }
}

/** @param {Awaited<ReturnType<typeof measure>>} measured */
function show({ aSecond, memory, hasThumbnail }) {
  return [`${aSecond.toFixed(1)}${hasThumbnail ? '' : ', no thumbnail'}`, Math.round(memory / 2 ** 20)];
}

/** Most bytes the process ever had in memory. @param {number[]} pids */
function peakMemory([pid]) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+) kB/m)?.[1]) * 1024;
}

/** @param {number[]} values */
function middle(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** @param {number} bytes */
function mib(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}
