import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { root } from '../support/assets';

/** All JavaScript that comes before anything is shown, gzipped: a second on a slow phone network. */
const maxScriptBytes = 90 * 1024;
const built = join(root, 'dist/web');

/** The scripts of the page, and what they import before they run; what is imported later does not count. */
async function scriptsOfFirstLoad(): Promise<Map<string, Buffer>> {
  const page = await readFile(join(built, 'index.html'), 'utf8');
  const waiting = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path = '']) => path);
  const scripts = new Map<string, Buffer>();
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (scripts.has(path)) continue;
    const script = await readFile(join(built, path));
    scripts.set(path, script);
    const imports = script.toString().matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g);
    for (const [, name = ''] of imports) waiting.push(`assets/${name}`);
  }
  return scripts;
}

test('the first load takes at most 90 KB of JavaScript, without the camera, the recorder and the viewer of what is seen once', async () => {
  const scripts = await scriptsOfFirstLoad();
  const bytes = [...scripts.values()].reduce((sum, script) => sum + gzipSync(script).length, 0);
  expect(bytes).toBeGreaterThan(10 * 1024);
  expect(bytes).toBeLessThanOrEqual(maxScriptBytes);
  expect([...scripts.values()].some((script) => /getUserMedia|MediaRecorder|Hold to look/.test(script.toString()))).toBe(false);
});
