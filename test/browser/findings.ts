import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What there is in the page once it has been brought in. */
declare const axe: { run(options: RunOptions): Promise<AxeResults> };

/** What shuts somebody out of the page as it stands, each as the rule, the element and why; empty when nothing is serious. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // What is still fading in has no colours to judge.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await nextPaint(page);
  return findingsOf(page);
}

/** Everything is painted as it is now. */
export function nextPaint(page: Page): Promise<void> {
  return page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))));
}

/** The serious findings of all rules, or of these. */
export async function findingsOf(page: Page, rules?: readonly string[]): Promise<string[]> {
  // It is large: a page takes it in once.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  const options: RunOptions = { resultTypes: ['violations'], ...(rules === undefined ? {} : { runOnly: [...rules] }) };
  const violations = await page.evaluate(async (options) => (await axe.run(options)).violations, options);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
