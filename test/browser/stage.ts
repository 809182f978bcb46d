import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { afterEach, beforeAll, expect } from 'vitest';
import { root } from '../support/assets';
import { openTab, type Screen, sharedBrowser, type TestBrowser } from '../support/browser';
import { startHarness } from '../support/harness';
import { signUp } from '../support/people';
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
  return expect.poll(read, { timeout, interval: 25 });
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
  async arrive(name: string, screen: Screen, options: Partial<Person> & Arrival = {}): Promise<Visitor> {
    const { context, browser = this.#browser, ...chosen } = options;
    if (browser === undefined) throw new Error('The stage is not open');
    const visit = await browser.visit(this.#url, screen, { ...this.#context, ...context });
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
  async enter(...arguments_: Parameters<Stage['arrive']>): Promise<Visitor> {
    const visitor = await this.arrive(...arguments_);
    await visitor.signUp();
    return visitor;
  }

  /** Ada, with a chat open to somebody who is not there. */
  async alone(screen: Screen, browser?: TestBrowser): Promise<{ ada: Visitor; chatId: string }> {
    const [ada, ben] = await Promise.all([this.enter('Ada', screen, { browser }), signUp(this.#url, 'Ben')]);
    return { ada, chatId: await ada.openChatWith({ name: 'Ben', username: ben.username }) };
  }

  /** Ada and Ben, both with their direct chat open. */
  async pair([adasScreen, bensScreen]: readonly [Screen, Screen]): Promise<Pair> {
    const [ada, ben] = await Promise.all([this.enter('Ada', adasScreen), this.enter('Ben', bensScreen)]);
    const chatId = await ada.openChatWith(ben);
    await ben.openChat(ada.name);
    return { ada, ben, chatId };
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
  readonly context?: BrowserContextOptions;
  readonly browser?: TestBrowser | undefined;
}

interface Person {
  readonly username: string;
  readonly password: string;
}

async function photograph({ name, page }: Visitor, taskId: string): Promise<void> {
  await page.screenshot({ path: join(root, 'test-results', `failed-${taskId}-${name}.png`) }).catch(() => {});
}
