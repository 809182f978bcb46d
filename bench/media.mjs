// `npm run bench:media`: what media cost, and how long an upload takes until another member sees it; see README.md.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitWith, runQuietly } from '../scripts/lib/process.mjs';
import { workerdConfig } from './lib/config.mjs';
import { startStore } from './lib/one-object-store.mjs';
import { film, noise, onItsSide, photo } from './lib/samples.mjs';
import { withScratch } from './lib/scratch.mjs';
import { uploadToVisible, withDeployment } from './lib/uploads.mjs';
import { serve } from './lib/workerd.mjs';
import { cpuSecondsOf } from './loadgen/cpu.mjs';

const { values: chosen } = parseArgs({ options: { parts: { type: 'string', default: 'pictures,worst,uploads' } } });
const parts = chosen.parts.split(',');

/** What one server is asked again and again. @typedef {{ name: string, path: string, body?: Uint8Array, stored?: Uint8Array }} Case */

/** Enough for the optimising compiler to have come, and for a steady number. */
const warmUps = 3;
const repeats = 12;
const uploads = 7;
const tiny = photo(0.01).bytes;

await exitWith(() =>
  withScratch(async (directory) => {
    const bundle = join(directory, 'bundle');
    await runQuietly('wrangler', ['deploy', '--dry-run', '--config', 'bench/workers/media.toml', '--outdir', bundle]);
    if (parts.includes('pictures')) await show(directory, bundle, 'picture', pictures());
    if (parts.includes('worst')) await show(directory, bundle, 'worst', worst());
    if (parts.includes('uploads')) await showUploads(join(directory, 'state'));
    return 0;
  }),
);

/** @returns {Case[]} */
function pictures() {
  return [1, 4, 8, 12].flatMap((megapixels) => {
    const { bytes } = photo(megapixels);
    const name = `${megapixels} megapixels`;
    const upright = { name, path: '/', body: bytes };
    if (megapixels < 4) return [upright];
    return megapixels === 4
      ? [upright, { name: `${name}, on its side`, path: '/', body: onItsSide(bytes) }]
      : [upright, { name: `${name}, if they were decoded`, path: '/decode', body: bytes }];
  });
}

/** @returns {Case[]} */
function worst() {
  const [png, webp, jpeg] = [noise('png'), noise('webp'), noise('jpeg')];
  const base64 = Buffer.from(png).toString('base64');
  const json = { chat_id: '00000000-0000-4000-8000-000000000000', image_data: base64, file_type: 'image/png' };
  return [
    { name: 'PNG of noise with transparency', path: '/complete?type=image/png', stored: png },
    { name: 'WebP of noise with transparency', path: '/complete?type=image/webp', stored: webp },
    { name: 'JPEG of noise', path: '/complete?type=image/jpeg', stored: jpeg },
    { name: 'JPEG of noise, on its side', path: '/complete?type=image/jpeg', stored: onItsSide(jpeg) },
    { name: 'the PNG as base64 in its call', path: '/base64?', body: Buffer.from(JSON.stringify(json)) },
    { name: 'video', path: '/complete?type=video/mp4', stored: film('film.mp4', 50 * 1024 * 1024) },
    { name: 'voice note', path: '/complete?type=audio/mp4', stored: film('sound.m4a', 10 * 1024 * 1024) },
    { name: 'file', path: '/complete?type=application/pdf', stored: new Uint8Array(25 * 1024 * 1024) },
  ];
}

/**
 * @param {string} directory
 * @param {string} bundle
 * @param {string} heading
 * @param {Case[]} cases
 */
async function show(directory, bundle, heading, cases) {
  console.log(`\n| ${heading} | MiB | a second of CPU | memory, MiB | of it the decoder’s |`);
  console.log('| --- | --: | --: | --: | --: |');
  const store = await startStore();
  try {
    for (const [index, one] of cases.entries()) {
      const { aSecond, memory, decoder, hasThumbnail } = await measure(join(directory, `${heading}-${index}`), bundle, store, one);
      const rate = `${aSecond.toFixed(1)}${hasThumbnail ? '' : ', no thumbnail'}`;
      const size = mib((one.body ?? one.stored ?? new Uint8Array()).length);
      console.log(`| ${[one.name, size, rate, Math.round(memory / 2 ** 20), Math.round(decoder / 2 ** 20)].join(' | ')} |`);
    }
  } finally {
    store.close();
  }
}

/** @param {string} state */
async function showUploads(state) {
  console.log(
    '\n| upload | MiB | until the store has it, ms | until it is complete | until the other member’s frame | until their bytes |',
  );
  console.log('| ------ | --: | -------------------------: | -------------------: | -----------------------------: | ----------------: |');
  await withDeployment(state, async (deployment) => {
    for (const [name, type, bytes] of samples()) {
      /** @type {Awaited<ReturnType<typeof uploadToVisible>>[]} */
      const times = [];
      for (let upload = 0; upload < uploads; upload++) times.push(await uploadToVisible(deployment, type, bytes));
      const median = (/** @type {'stored' | 'complete' | 'told' | 'seen'} */ step) => Math.round(middle(times.map((time) => time[step])));
      console.log(`| ${[name, mib(bytes.length), median('stored'), median('complete'), median('told'), median('seen')].join(' | ')} |`);
    }
  });
}

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
 * How many of them a second of CPU takes, and the most memory the server had, above what it has when it has done the same with
 * next to nothing. A server for each: the decoder's memory never shrinks.
 * @param {string} place
 * @param {string} bundle
 * @param {import('./lib/one-object-store.mjs').OneObjectStore} store
 * @param {Case} one
 */
async function measure(place, bundle, store, { path, body, stored }) {
  mkdirSync(join(place, 'data'), { recursive: true });
  const modules = readdirSync(bundle).filter((file) => /\.(js|wasm|sql)$/.test(file));
  for (const file of modules) cpSync(join(bundle, file), join(place, file));
  const ordered = modules.sort((a, b) => Number(b === 'media.js') - Number(a === 'media.js'));
  writeFileSync(join(place, 'config.capnp'), workerdConfig({ modules: ordered, objects: {}, callsLoopback: true }, join(place, 'data')));
  const server = await serve(place);
  const [pid = 0] = server.pids;
  try {
    const post = async (/** @type {string} */ asked, /** @type {Uint8Array | undefined} */ sent) => {
      const url = `http://127.0.0.1:${server.port}${asked}${asked.includes('?') ? `&store=${store.url}` : ''}`;
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, ...(sent === undefined ? {} : { body: sent }) });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`The Worker answered ${answer.status}`);
      return { hasThumbnail: answer.headers.get('x-thumbnail') === 'true', decoder: Number(answer.headers.get('x-decoder-bytes')) };
    };
    store.hold(tiny);
    for (let round = 0; round < warmUps; round++) {
      await post('/', tiny);
      await post('/complete?type=image/jpeg', undefined);
    }
    // From here on the kernel counts the peak anew.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    const idle = memoryOf(pid, 'VmRSS');
    if (stored !== undefined) store.hold(stored);
    let last = await post(path, body);
    for (let round = 1; round < warmUps; round++) last = await post(path, body);
    const before = cpuSecondsOf(pid);
    for (let round = 0; round < repeats; round++) await post(path, body);
    return { ...last, aSecond: repeats / (cpuSecondsOf(pid) - before), memory: memoryOf(pid, 'VmHWM') - idle };
  } finally {
    await server.end();
  }
}

/** Bytes of the process in memory: now, or the most there ever were. @param {number} pid @param {'VmRSS' | 'VmHWM'} field */
function memoryOf(pid, field) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))?.[1]) * 1024;
}

/** @param {number[]} values */
function middle(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** @param {number} bytes */
function mib(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}
