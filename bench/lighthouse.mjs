// `node bench/lighthouse.mjs [door] [chats] [conversation]`: what Lighthouse makes of these pages, or of all, on a phone and on a desk; see README.md.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumFlags, findChromium } from '../scripts/lib/chromium.mjs';
import { exitWith, root, runQuietly } from '../scripts/lib/process.mjs';
import { withScratch } from './lib/scratch.mjs';
import { call, freePort, withDeployment } from './lib/uploads.mjs';

/** Fetched here and not with the project's packages: it is larger than all of them together, and nothing else needs it. */
const version = '13.5.0';
const home = join(root, '.cache/lighthouse', version);
const reports = join(root, 'test-results');
const categories = ['performance', 'accessibility', 'best-practices'];
/** What the project promises of each. */
const leastScore = 95;
const wanted = new Set(process.argv.slice(2));

await exitWith(() =>
  withScratch(async (directory) => {
    if (!existsSync(join(home, 'node_modules/lighthouse'))) {
      mkdirSync(home, { recursive: true });
      await runQuietly('npm', ['install', '--prefix', home, '--no-save', '--no-audit', '--no-fund', `lighthouse@${version}`]);
    }
    const { default: lighthouse, desktopConfig } = await import(join(home, 'node_modules/lighthouse/core/index.js'));
    mkdirSync(reports, { recursive: true });
    let isGood = true;
    await withDeployment(join(directory, 'state'), async ({ url, sender, reader }) => {
      const person = { username: `bench_${randomUUID().slice(0, 8)}`, password: randomUUID() };
      const signedUp = await call(url, null, 'POST', '/api/signup', { ...person, cookie: false });
      const { chat } = await call(url, sender, 'POST', '/api/chats', {
        is_group: true,
        name: 'Sunday hike',
        member_ids: [reader.id, signedUp.user.id],
      });
      for (let line = 1; line <= 40; line++) {
        const content = `Line ${line}${', and what else there is to say'.repeat(line % 5)}`;
        const from = line % 3 === 0 ? reader : sender;
        await call(url, from, 'POST', `/api/chats/${chat.id}/messages`, { id: randomUUID(), message_type: 'text', content });
      }
      const port = await freePort();
      const context = await chromium.launchPersistentContext(join(directory, 'profile'), {
        executablePath: await findChromium(),
        args: [...chromiumFlags, `--remote-debugging-port=${port}`],
      });
      /** @param {string} name @param {string} address */
      const judge = async (name, address) => {
        if (wanted.size > 0 && !wanted.has(name)) return;
        for (const [device, config] of [
          ['phone', undefined],
          ['desk', desktopConfig],
        ]) {
          await forgetFiles(context, url);
          const flags = { port, onlyCategories: categories, disableStorageReset: true, output: 'json', logLevel: 'error' };
          const { lhr } = await lighthouse(address, flags, config);
          const scores = categories.map((category) => Math.round(lhr.categories[category].score * 100));
          isGood &&= scores.every((score) => score >= leastScore);
          const shown = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift'];
          console.log(
            `| ${[name, device, ...scores, ...shown.map((audit) => lhr.audits[audit].displayValue), lhr.environment.benchmarkIndex].join(' | ')} |`,
          );
          for (const { title, score, scoreDisplayMode, displayValue = '' } of Object.values(lhr.audits)) {
            if (score !== null && score < 0.9 && scoreDisplayMode !== 'informative') console.error(`    ${score} ${title} ${displayValue}`);
          }
          writeFileSync(join(reports, `lighthouse-${name}-${device}.json`), JSON.stringify(lhr));
        }
      };
      try {
        console.log(
          '| page | device | performance | accessibility | best practices | first paint | largest paint | blocked | layout shift | machine |',
        );
        console.log(
          '| ---- | ------ | ----------: | ------------: | -------------: | ----------: | ------------: | ------: | -----------: | ------: |',
        );
        await judge('door', url);
        const page = await context.newPage();
        await page.goto(url);
        await page.getByLabel('Username').fill(person.username);
        await page.getByLabel('Password').fill(person.password);
        await page.getByRole('button', { name: 'Log in', exact: true }).click();
        await page.getByTestId('chat-row').waitFor();
        await page.close();
        await judge('chats', url);
        await judge('conversation', `${url}/#/chats/${chat.id}`);
      } finally {
        await context.close();
      }
    });
    return isGood ? 0 : 1;
  }),
);

/**
 * As somebody who comes for the first time: the session stays, the files are fetched, from no service worker either.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} origin
 */
async function forgetFiles(context, origin) {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.clearBrowserCache');
  await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'service_workers,cache_storage' });
  await page.close();
}
