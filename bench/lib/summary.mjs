import { tests } from './tests.mjs';

/**
 * One test of one peer in one round.
 * @typedef {import('../loadgen/main.mjs').Outcome & { peer: string, test: string, round: number | string }} Row
 */

/** What the others are compared with. */
const subject = 'relayhub';
/** Busier than this, the generator may be what was measured. */
const generatorBound = 0.9;

/**
 * What a run found, as Markdown: medians over the rounds, then medians of the ratios within each round.
 * @param {readonly Row[]} rows
 */
export function summarise(rows) {
  return [...new Set(rows.map((row) => row.test))]
    .map((test) => {
      const ofTest = rows.filter((row) => row.test === test);
      return [`### ${test}`, '', ...absoluteTable(test, ofTest), '', ...ratioLines(test, ofTest)].join('\n');
    })
    .join('\n\n');
}

/** @param {string} test @param {readonly Row[]} rows */
function absoluteTable(test, rows) {
  const isTimed = tests[test]?.kind !== 'saturate';
  const head = [
    'peer',
    'deliveries/s',
    'from – to',
    'messages/s',
    'CPU µs a delivery',
    'server',
    'generator',
    'others',
    'bytes a delivery',
    'all in after s',
  ];
  return table(
    [...head, ...(isTimed ? ['p50 ms', 'p99 ms'] : [])],
    peersOf(rows).map((peer) => {
      const own = rows.filter((row) => row.peer === peer);
      const rates = own.map((row) => row.deliveriesPerSecond);
      const generator = medianOf(own, 'generatorCpu');
      return [
        own.some(isFaulty) ? `${peer} (FAULTY: messages or sockets lost)` : peer,
        count(median(rates)),
        `${count(Math.min(...rates))} – ${count(Math.max(...rates))}`,
        count(medianOf(own, 'messagesPerSecond')),
        medianOf(own, 'serverMicrosecondsPerDelivery').toFixed(2),
        percent(medianOf(own, 'serverCpu')),
        `${percent(generator)}${generator > generatorBound ? ' (floor)' : ''}`,
        percent(medianOf(own, 'othersCpu')),
        count(medianOf(own, 'bytesPerDelivery')),
        medianOf(own, 'connectSeconds').toFixed(2),
        ...(isTimed ? [medianOf(own, 'p50Ms').toFixed(2), medianOf(own, 'p99Ms').toFixed(2)] : []),
      ];
    }),
  );
}

/** @param {string} test @param {readonly Row[]} rows */
function ratioLines(test, rows) {
  const isTimed = tests[test]?.kind !== 'saturate';
  return peersOf(rows)
    .filter((peer) => peer !== subject && rows.some((row) => row.peer === subject))
    .map((peer) => {
      /** @param {keyof Row} key */
      const ratio = (key) => medianRatio(rows, peer, key).toFixed(2);
      const latencies = isTimed ? `, p50 × ${ratio('p50Ms')}, p99 × ${ratio('p99Ms')}` : '';
      return `- ${subject} / ${peer}: deliveries/s × ${ratio('deliveriesPerSecond')}, CPU a delivery × ${ratio('serverMicrosecondsPerDelivery')}${latencies}`;
    });
}

/** Compared within each round, since the machine drifts between them. @param {readonly Row[]} rows @param {string} peer @param {keyof Row} key */
function medianRatio(rows, peer, key) {
  const ratios = rows
    .filter((row) => row.peer === subject)
    .flatMap((row) => {
      const other = rows.find((candidate) => candidate.peer === peer && candidate.round === row.round);
      return other === undefined ? [] : [Number(row[key]) / Number(other[key])];
    });
  return median(ratios);
}

/** @param {readonly Row[]} rows */
function peersOf(rows) {
  return [...new Set(rows.map((row) => row.peer))];
}

/** @param {Row} row */
function isFaulty(row) {
  return row.missing !== 0 || row.lostSockets !== 0;
}

/** @param {readonly Row[]} rows @param {keyof Row} key */
function medianOf(rows, key) {
  return median(rows.map((row) => Number(row[key])));
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return (low + high) / 2;
}

/** @param {number} value */
function count(value) {
  return Math.round(value).toLocaleString('en-GB');
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** @param {string[]} head @param {string[][]} body */
function table(head, body) {
  /** @param {string[]} cells */
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...body.map(line)];
}
