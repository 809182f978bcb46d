import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** What shuts somebody out of the page as it stands, each as the rule, the element and why; empty when nothing is serious. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // What is still fading in has no colours to judge.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  // Its other mode opens a page of its own for frames from elsewhere, which there are none of.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
