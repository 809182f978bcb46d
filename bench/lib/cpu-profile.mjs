import { setTimeout as sleep } from 'node:timers/promises';

const samplingIntervalUs = 200;

/**
 * @typedef {object} Frame
 * @property {string} functionName
 * @property {string} url
 * @property {number} lineNumber
 *
 * @typedef {object} Profile V8's own format: a tree of call frames, and which of its nodes each sample met
 * @property {{ id: number, callFrame: Frame, children?: number[] }[]} nodes
 * @property {number[]} samples
 * @property {number[]} timeDeltas µs
 */

/**
 * Records what JavaScript a workerd runs.
 * @param {number} inspectorPort
 * @param {number} forMs
 * @returns {Promise<Profile>}
 */
export async function recordProfile(inspectorPort, forMs) {
  const targets = /** @type {{ webSocketDebuggerUrl: string, id: string }[]} */ (
    await (await fetch(`http://127.0.0.1:${inspectorPort}/json`)).json()
  );
  const target = targets.find(({ id }) => id === 'main') ?? targets[0];
  if (target === undefined) throw new Error('workerd shows nothing to inspect');
  const call = await connect(target.webSocketDebuggerUrl);
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: samplingIntervalUs });
  await call('Profiler.start');
  await sleep(forMs);
  const { profile } = /** @type {{ profile: Profile }} */ (await call('Profiler.stop'));
  return profile;
}

/** @param {string} url */
async function connect(url) {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('The inspector did not answer'));
  });
  /** @type {Map<number, (result: unknown) => void>} */
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  let calls = 0;
  return (/** @type {string} */ method, params = {}) => {
    calls += 1;
    socket.send(JSON.stringify({ id: calls, method, params }));
    return new Promise((resolve) => waiting.set(calls, resolve));
  };
}

/**
 * Shares of the recorded time by function, the largest first.
 * `own` is spent in the function and in the runtime's own code it calls; `total` in everything below it too.
 * @param {Profile} profile
 */
export function hotFunctions({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])));
  /** @type {Map<string, { own: number, total: number }>} */
  const shares = new Map();
  const all = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  samples.forEach((id, index) => {
    const share = (timeDeltas[index] ?? 0) / all;
    const seen = new Set();
    for (let at = /** @type {number | undefined} */ (id); at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (node === undefined) break;
      const name = nameOf(node.callFrame);
      const entry = shares.get(name) ?? { own: 0, total: 0 };
      if (at === id) entry.own += share;
      if (!seen.has(name)) entry.total += share;
      seen.add(name);
      shares.set(name, entry);
    }
  });
  return [...shares].map(([name, share]) => ({ name, ...share })).sort((a, b) => b.own - a.own);
}

/** @param {Frame} frame */
function nameOf({ functionName, url, lineNumber }) {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name}  ${url.split('/').at(-1)}:${lineNumber + 1}`;
}
