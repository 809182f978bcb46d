/** Median, 99th of a hundred and the longest of some durations in ms. */
export function words(durations: readonly number[]): string {
  const sorted = [...durations].sort((a, b) => a - b);
  const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(1);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`;
}
