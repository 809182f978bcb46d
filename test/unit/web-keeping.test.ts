import { beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingDraft } from '../../web/conversation/outgoing';
import { Drafts } from '../../web/drafts/drafts';
import type { PreparedMedium } from '../../web/media/prepared-medium';
import { Unsent } from '../../web/unsent/unsent';
import { fromKept, toKept, type UnsentLine } from '../../web/unsent/unsent-line';
import { createKey, seal, unseal } from '../../web/vault/sealing';
import { MemoryVault } from '../../web/vault/vault';
import { chatId } from './web-models';
import { FakePlatform, settle, testId } from './web-platform';
import { FakeBrowser, type FakeTab } from './web-tabs';

const draftOf = (number: number, change: Partial<OutgoingDraft> = {}): OutgoingDraft => ({
  id: testId(number),
  text: `Line ${number}`,
  medium: null,
  replyTo: null,
  isOnce: false,
  allowsReplay: false,
  expiresInSeconds: null,
  ...change,
});
const blob = (text: string, type: string) => new Blob([text], { type });

describe('[SYNC-5] what the device keeps, sealed', () => {
  const bytes = new TextEncoder().encode('Meet me at noon');

  it('opens with its key under its label, and with no other', async () => {
    const [key, other] = await Promise.all([createKey(), createKey()]);
    const sealed = await seal(key, 'outbox/1', bytes);
    expect(new Uint8Array(await unseal(key, 'outbox/1', sealed))).toEqual(bytes);
    await expect(unseal(other, 'outbox/1', sealed)).rejects.toThrow();
    await expect(unseal(key, 'outbox/2', sealed)).rejects.toThrow();
    new Uint8Array(sealed.data)[0] = 0;
    await expect(unseal(key, 'outbox/1', sealed)).rejects.toThrow();
  });

  it('says nothing of what it holds, the same never looks the same, and the key cannot be told', async () => {
    const key = await createKey();
    const [one, two] = await Promise.all([seal(key, 'a', bytes), seal(key, 'a', bytes)]);
    expect(new TextDecoder('latin1').decode(one.data)).not.toContain('noon');
    expect(new Uint8Array(one.data)).not.toEqual(new Uint8Array(two.data));
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
  });
});

describe('[SYNC-5] a line as a vault keeps it', () => {
  const media: (PreparedMedium | null)[] = [
    null,
    { kind: 'image', blob: blob('jpg', 'image/jpeg'), width: 4, height: 3 },
    { kind: 'audio', blob: blob('ogg', 'audio/ogg'), durationMs: 1_200 },
    { kind: 'file', blob: blob('pdf', 'application/pdf'), fileName: 'plan.pdf' },
    {
      kind: 'video',
      blob: blob('mp4', 'video/mp4'),
      width: 4,
      height: 3,
      durationMs: null,
      poster: { kind: 'image', blob: blob('jpg', 'image/jpeg'), width: 4, height: 3 },
    },
  ];

  it.each(media.map((medium) => [medium?.kind ?? 'text', medium] as const))('%s comes back as it was', async (_, medium) => {
    const line: UnsentLine = { chatId, tab: 'a', writtenAt: 5, draft: draftOf(1, { medium, replyTo: testId(7), expiresInSeconds: 60 }) };
    const { value, ...rest } = toKept(line);
    const back = fromKept({ ...rest, value: JSON.parse(JSON.stringify(value)) });
    expect(back).toEqual(line);
    if (medium !== null) expect(await back?.draft.medium?.blob.text()).toBe(await medium.blob.text());
  });

  it('what another page wrote and this one does not know is left out', () => {
    const kept = toKept({ chatId, tab: 'a', writtenAt: 5, draft: draftOf(1, { medium: media[1] ?? null }) });
    expect(fromKept({ ...kept, value: 'text' })).toBeNull();
    expect(fromKept({ ...kept, value: { ...Object(kept.value), chatId: 'no id' } })).toBeNull();
    expect(fromKept({ ...kept, blobs: [] })).toBeNull();
  });
});

describe('[SYNC-5] lines that were not sent', () => {
  let browser: FakeBrowser;
  let vault: MemoryVault;
  beforeEach(() => {
    browser = new FakeBrowser();
    vault = new MemoryVault();
  });

  const open = (id: string) => {
    const tab = browser.openTab(id);
    const adopted: string[] = [];
    const unsent = new Unsent(Promise.resolve(vault), tab, ({ draft }) => adopted.push(draft.text ?? ''));
    return { tab, unsent, adopted, texts: () => [...unsent.lines.value.values()].map(({ draft }) => draft.text) };
  };
  const write = (unsent: Unsent, number: number) => unsent.keep({ chatId, writtenAt: number, draft: draftOf(number) });

  it('are shown in every tab while one sends them', async () => {
    const [one, two] = [open('one'), open('two')];
    write(one.unsent, 1);
    write(two.unsent, 2);
    await settle();
    expect([one.texts(), two.texts()]).toEqual([
      ['Line 1', 'Line 2'],
      ['Line 1', 'Line 2'],
    ]);
    one.unsent.drop(testId(1));
    await settle();
    expect(two.texts()).toEqual(['Line 2']);
    expect([one.adopted, two.adopted]).toEqual([[], []]);
    expect((await vault.all('outbox')).map(({ key }) => key)).toEqual([testId(2)]);
  });

  it('are taken over, in order and by one tab, when theirs is closed', async () => {
    const [one, two, three] = [open('one'), open('two'), open('three')];
    for (const number of [1, 2, 3]) write(two.unsent, number);
    await settle();
    two.tab.close();
    await settle();
    expect([one.adopted, three.adopted]).toEqual([['Line 1', 'Line 2', 'Line 3'], []]);
    one.unsent.drop(testId(1));
    one.tab.close();
    await settle();
    expect(three.adopted).toEqual(['Line 2', 'Line 3']);
  });

  it('are sent by the next visit when the last tab is closed', async () => {
    const before = open('before');
    for (const number of [2, 1]) write(before.unsent, number);
    await settle();
    before.tab.close();
    const after = open('after');
    await settle();
    expect(after.adopted).toEqual(['Line 1', 'Line 2']);
    expect((await vault.all('outbox')).map(({ value }) => value)).toEqual([
      expect.objectContaining({ tab: 'after' }),
      expect.objectContaining({ tab: 'after' }),
    ]);
  });

  it('what its tab had sent at its last breath is not sent again', async () => {
    const [one, two] = [open('one'), open('two')];
    for (const number of [1, 2]) write(two.unsent, number);
    await settle();
    // Without a word to the others.
    await vault.remove('outbox', testId(1));
    two.tab.close();
    await settle();
    expect(one.adopted).toEqual(['Line 2']);
  });

  it('a vault that cannot be written to loses nothing while the page lives', async () => {
    const broken = browser.openTab('broken');
    const refusing = {
      ...new MemoryVault(),
      put: () => Promise.reject(new Error()),
      all: () => Promise.reject(new Error()),
      remove: () => Promise.reject(new Error()),
      close() {},
    };
    const unsent = new Unsent(Promise.resolve(refusing), broken, () => {});
    write(unsent, 1);
    await settle();
    expect(unsent.lines.value.size).toBe(1);
    unsent.drop(testId(1));
    await settle();
    expect(unsent.lines.value.size).toBe(0);
  });
});

describe('[SYNC-5] drafts', () => {
  let browser: FakeBrowser;
  let vault: MemoryVault;
  let platform: FakePlatform;
  beforeEach(() => {
    browser = new FakeBrowser();
    vault = new MemoryVault();
    platform = new FakePlatform();
  });
  const open = (tab: FakeTab = browser.openTab('one')) => new Drafts(Promise.resolve(vault), tab, platform);
  const stored = async () => (await vault.all('drafts')).map(({ value }) => value);

  it('are written after a pause, or when the page is about to end, and come back', async () => {
    const drafts = open();
    drafts.of(chatId).value = 'Half a';
    await platform.pass(300);
    drafts.of(chatId).value = 'Half a sentence';
    await platform.pass(300);
    expect(await stored()).toEqual([]);
    await platform.pass(200);
    expect(await stored()).toEqual(['Half a sentence']);
    drafts.of(chatId).value = 'Half a sentence more';
    drafts.flush();
    await settle();
    expect(await stored()).toEqual(['Half a sentence more']);
    drafts.close();
    const again = open();
    await settle();
    expect(again.of(chatId).value).toBe('Half a sentence more');
  });

  it('are gone when they are sent or emptied', async () => {
    const drafts = open();
    for (const text of ['Sent', '']) {
      drafts.of(chatId).value = text;
      await platform.pass(500);
    }
    expect(await stored()).toEqual([]);
  });

  it('are gone after 24 hours, on the page and off it', async () => {
    const drafts = open();
    drafts.of(chatId).value = 'Old';
    await platform.pass(500);
    await platform.pass(24 * 3_600_000 - 500);
    expect(drafts.of(chatId).value).toBe('Old');
    await platform.pass(500);
    expect(drafts.of(chatId).value).toBe('');
    expect(await stored()).toEqual([]);

    await vault.put('drafts', { key: chatId, savedAt: platform.now() - 24 * 3_600_000, value: 'Older', blobs: [] });
    const later = open();
    await settle();
    expect(later.of(chatId).value).toBe('');
    expect(await stored()).toEqual([]);
  });

  it('typing gives a draft another day', async () => {
    const drafts = open();
    drafts.of(chatId).value = 'One';
    await platform.pass(20 * 3_600_000);
    drafts.of(chatId).value = 'One two';
    await platform.pass(20 * 3_600_000);
    expect(drafts.of(chatId).value).toBe('One two');
  });

  it('what was typed before the vault was open is newer than what is in it', async () => {
    await vault.put('drafts', { key: chatId, savedAt: platform.now(), value: 'Before', blobs: [] });
    const drafts = open();
    drafts.of(chatId).value = 'Now';
    await platform.pass(500);
    expect(drafts.of(chatId).value).toBe('Now');
    expect(await stored()).toEqual(['Now']);
  });

  it('two tabs agree, and neither changes what the other is writing', async () => {
    const [one, two] = [open(browser.openTab('one')), open(browser.openTab('two'))];
    one.of(chatId).value = 'From one';
    await platform.pass(500);
    expect(two.of(chatId).value).toBe('From one');
    two.of(chatId).value = 'From one and two';
    one.of(chatId).value = 'Elsewhere';
    await platform.pass(200);
    two.flush();
    await settle();
    expect(one.of(chatId).value).toBe('Elsewhere');
    one.of(chatId).value = '';
    await platform.pass(500);
    expect(two.of(chatId).value).toBe('');
  });
});
