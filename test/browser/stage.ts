import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserContextOptions } from 'playwright-core';
import * as v from 'valibot';
import { afterEach, beforeAll, expect } from 'vitest';
import { chatAnswer } from '../../src/protocol/rest';
import { root } from '../support/assets';
import { type Kept, openTab, type Screen, sharedBrowser, type TestBrowser } from '../support/browser';
import { startHarness } from '../support/harness';
import { type Person, signUp } from '../support/people';
import { pauseMs } from '../support/poll';
import { Visitor } from './visitor';

/** What the fake camera sees. */
export const cameraPhoto = join(root, 'test/fixtures/camera/portrait.jpg');

/** Both ways two devices can meet. */
export const pairs: readonly (readonly [Screen, Screen])[] = [
  ['desktop', 'phone'],
  ['phone', 'desktop'],
];

/** Two in their direct chat. */
export interface Pair {
  readonly ada: Visitor;
  readonly ben: Visitor;
  readonly chatId: string;
}

/** Long enough for a busy machine of two cores; nothing is late before. */
export const patienceMs = 20_000;

/** `expect` of something that becomes true: asks again until it does. */
export function eventually<T>(read: () => T | Promise<T>, timeout = patienceMs) {
  const start = performance.now();
  let pause = 0;
  const readAgain = async () => {
    await delay(pause);
    try {
      return await read();
    } finally {
      pause = pauseMs(performance.now() - start);
    }
  };
  return expect.poll(readAgain, { timeout, interval: 1 });
}

/** Where visitors come in, each a stranger to the others. After every test they leave, and their pages must have had no faults. */
export class Stage {
  readonly #visitors: Visitor[] = [];
  readonly #context: BrowserContextOptions;
  #browser: TestBrowser | undefined;
  #url = '';

  /** @param context what the browsers of all visitors have in common */
  constructor(context: BrowserContextOptions = {}) {
    this.#context = context;
    afterEach(async ({ task }) => {
      const visitors = this.#visitors.splice(0);
      if (task.result?.state === 'fail') await Promise.all(visitors.map((visitor) => photograph(visitor, task.id)));
      await Promise.all(visitors.map(({ context }) => context.close()));
      for (const { name, faults } of visitors) expect(faults, `faults in the page of ${name}`).toEqual([]);
    });
  }

  /** Origin of the server, without a slash at the end. */
  get url(): string {
    return this.#url;
  }

  /** @param url origin of the server */
  open(browser: TestBrowser, url: string): void {
    this.#browser = browser;
    this.#url = url;
  }

  /** Somebody at the door, without an account; `browser` for who has another one than the others. */
  async arrive(name: string, screen: Screen, options: Partial<Login> & Arrival & Return = {}): Promise<Visitor> {
    const { context, browser = this.#browser, place = '', kept, ...chosen } = options;
    if (browser === undefined) throw new Error('The stage is not open');
    const visit = await browser.visit(this.#url + place, screen, { ...this.#context, ...context }, kept);
    const random = randomBytes(8).toString('hex');
    const visitor = new Visitor(visit, screen, { name, username: `${name.toLowerCase()}_${random}`, password: random, ...chosen });
    visitor.page.setDefaultTimeout(patienceMs);
    this.#visitors.push(visitor);
    return visitor;
  }

  /** The same person in one more tab of the same browser. */
  async openTab(visitor: Visitor): Promise<Visitor> {
    const tab = new Visitor(await openTab(visitor.context, this.#url), visitor.screen, visitor);
    tab.page.setDefaultTimeout(patienceMs);
    this.#visitors.push(tab);
    return tab;
  }

  /** Somebody signed in, in front of an empty chat list. */
  async enter(name: string, screen: Screen, options: Arrival & { readonly username?: string } = {}): Promise<Visitor> {
    const visitor = await this.#comeBack(await signUp(this.#url, name, options), screen, options);
    await visitor.chatList.waitFor();
    return visitor;
  }

  /** Ada, with a chat open to somebody who is not there. */
  async alone(screen: Screen, browser?: TestBrowser): Promise<{ ada: Visitor; chatId: string }> {
    const { ada, chatId } = await this.#makeChat();
    return { ada: await this.#comeBack(ada, screen, { browser, open: { chatId, title: 'Ben' } }), chatId };
  }

  /** Ada and Ben, both with their direct chat open. */
  async pair([adasScreen, bensScreen]: readonly [Screen, Screen]): Promise<Pair> {
    const { ada, ben, chatId } = await this.#makeChat();
    const [adaHere, benHere] = await Promise.all([
      this.#comeBack(ada, adasScreen, { open: { chatId, title: 'Ben' } }),
      this.#comeBack(ben, bensScreen, { open: { chatId, title: 'Ada' } }),
    ]);
    return { ada: adaHere, ben: benHere, chatId };
  }

  async #makeChat(): Promise<{ ada: Person; ben: Person; chatId: string }> {
    const [ada, ben] = await Promise.all([signUp(this.#url, 'Ada'), signUp(this.#url, 'Ben')]);
    const made = await ada.call('POST', '/api/chats', { is_group: false, member_ids: [ben.id] });
    return { ada, ben, chatId: v.parse(chatAnswer, made.body).chat.id };
  }

  /** Somebody on a device where they signed in before: going through the door each time would prove no more. */
  async #comeBack(person: Person, screen: Screen, options: Arrival & { readonly open?: OpenChat }): Promise<Visitor> {
    const { context, open, ...rest } = options;
    const { username, password, user } = person;
    const place = open === undefined ? '' : `/#/chats/${open.chatId}`;
    const kept = keptFor(person, this.#url);
    const visitor = await this.arrive(user.display_name, screen, { ...rest, username, password, context, place, kept });
    if (open !== undefined) await visitor.hasOpened(open.title);
    return visitor;
  }
}

/** The stage of most files: the deployment and the browser that they share. */
export function sharedStage(context: BrowserContextOptions = {}): Stage {
  const stage = new Stage(context);
  beforeAll(async () => {
    const [browser, harness] = await Promise.all([sharedBrowser({ photo: cameraPhoto }), startHarness()]);
    stage.open(browser, harness.url);
  });
  return stage;
}

interface Arrival {
  readonly context?: BrowserContextOptions | undefined;
  readonly browser?: TestBrowser | undefined;
}

interface Login {
  readonly username: string;
  readonly password: string;
}

interface OpenChat {
  readonly chatId: string;
  readonly title: string;
}

/** Who comes back, and to what. */
interface Return {
  readonly place?: string;
  readonly kept?: Kept;
}

/** What a device keeps of its user: the cookie that goes on with the session, and who it was. */
function keptFor({ user, refreshToken }: Person, url: string): Kept {
  const attributes = { path: '/api', httpOnly: true, secure: true, sameSite: 'Strict' } as const;
  return {
    cookies: [{ name: 'relayhub_refresh', value: refreshToken, domain: new URL(url).hostname, ...attributes }],
    localStorage: { 'relayhub.signed_in': JSON.stringify(user) },
  };
}

async function photograph({ name, page }: Visitor, taskId: string): Promise<void> {
  await page.screenshot({ path: join(root, 'test-results', `failed-${taskId}-${name}.png`) }).catch(() => {});
}
