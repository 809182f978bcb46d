import { cpuSecondsOf, cpuSecondsOfAll } from './cpu.mjs';

/**
 * @typedef {object} Reading
 * @property {number} deliveriesPerSecond
 * @property {number} messagesPerSecond
 * @property {number} bytesPerDelivery as received, headers and acknowledgements included
 * @property {number} serverMicrosecondsPerDelivery of CPU, all threads
 * @property {number} serverCpu of one core
 * @property {number} generatorCpu of one core
 * @property {number} othersCpu of one core: what the rest of the machine took meanwhile
 * @property {number | null} p50Ms from a send to its arrival at a socket; null where it is not measured
 * @property {number | null} p99Ms
 */

/** Measures from its making to `read`. */
export class Meter {
  #pids;
  #totals;
  #begin;

  /**
   * @param {number[]} pids of the server
   * @param {() => { received: number, bytes: number }} totals
   */
  constructor(pids, totals) {
    this.#pids = pids;
    this.#totals = totals;
    this.#begin = this.#now();
  }

  /**
   * @param {number} sockets
   * @param {number[]} delays in µs; empty when none were noted
   * @returns {Reading}
   */
  read(sockets, delays) {
    const begin = this.#begin;
    const end = this.#now();
    const seconds = (end.ms - begin.ms) / 1000;
    const deliveries = end.received - begin.received;
    const serverSeconds = end.server - begin.server;
    const generatorSeconds = end.generator - begin.generator;
    const sorted = Float64Array.from(delays).sort();
    return {
      deliveriesPerSecond: deliveries / seconds,
      messagesPerSecond: deliveries / seconds / sockets,
      bytesPerDelivery: (end.bytes - begin.bytes) / deliveries,
      serverMicrosecondsPerDelivery: (serverSeconds * 1e6) / deliveries,
      serverCpu: serverSeconds / seconds,
      generatorCpu: generatorSeconds / seconds,
      othersCpu: (end.all - begin.all - serverSeconds - generatorSeconds) / seconds,
      p50Ms: percentileMs(sorted, 0.5),
      p99Ms: percentileMs(sorted, 0.99),
    };
  }

  #now() {
    const { user, system } = process.cpuUsage();
    return {
      ms: performance.now(),
      all: cpuSecondsOfAll(),
      server: cpuSecondsOf(...this.#pids),
      generator: (user + system) / 1e6,
      ...this.#totals(),
    };
  }
}

/** @param {Float64Array} sorted in µs @param {number} share */
function percentileMs(sorted, share) {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? null : value / 1000;
}
