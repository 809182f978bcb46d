import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { Screen, Visit } from '../support/browser';

/** One line of a conversation as it stands in the page. */
export interface SeenLine {
  readonly id: string;
  readonly isOwn: boolean;
  /** `uploading`, `waiting`, `accepted` or `failed`. */
  readonly state: string;
  readonly text: string | null;
}

/** What one must know of somebody to find them. */
export interface Acquaintance {
  readonly name: string;
  readonly username: string;
}

/** Somebody in front of the page, who does with it what people do and sees what they see. */
export class Visitor {
  readonly name: string;
  readonly username: string;
  readonly password: string;
  readonly screen: Screen;
  readonly #visit: Visit;

  constructor(visit: Visit, screen: Screen, person: { name: string; username: string; password: string }) {
    this.#visit = visit;
    this.screen = screen;
    this.name = person.name;
    this.username = person.username;
    this.password = person.password;
  }

  get page(): Page {
    return this.#visit.page;
  }

  get context(): BrowserContext {
    return this.#visit.context;
  }

  get faults(): readonly string[] {
    return this.#visit.faults;
  }

  /** See `Visit.pardon`. */
  pardon(request: RegExp): void {
    this.#visit.pardon(request);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Makes the account, from the door to the empty chat list. */
  async signUp(): Promise<void> {
    await this.button('Create an account').click();
    await this.page.getByLabel('Username').fill(this.username);
    await this.page.getByLabel('Your name (optional)').fill(this.name);
    await this.page.getByLabel('Password').fill(this.password);
    await this.button('Sign up').click();
    await this.chatList.waitFor();
  }

  async logIn(password = this.password): Promise<void> {
    await this.page.getByLabel('Username').fill(this.username);
    await this.page.getByLabel('Password').fill(password);
    await this.button('Log in').click();
  }

  async signOut(): Promise<void> {
    await this.button('Your account').click();
    await this.button('Sign out').click();
  }

  get chatList(): Locator {
    return this.page.getByRole('heading', { name: 'Chats', exact: true });
  }

  /** Finds somebody by their username and opens the chat with them; resolves with its id. */
  async openChatWith(other: Acquaintance): Promise<string> {
    await this.button('New chat').click();
    await this.find(other);
    return this.hasOpened(other.name);
  }

  /** Makes a group; resolves with its id. */
  async makeGroup(name: string, members: readonly Acquaintance[]): Promise<string> {
    await this.button('New chat').click();
    await this.button('New group').click();
    await this.page.getByLabel('Group name').fill(name);
    for (const member of members) await this.find(member);
    await this.button(`Create group of ${members.length + 1}`).click();
    return this.hasOpened(name);
  }

  /** Searches in the open dialog and picks the one person of that username. */
  async find(other: Acquaintance): Promise<void> {
    await this.page.getByRole('searchbox', { name: 'Search by username' }).fill(other.username);
    await this.page
      .getByRole('list', { name: 'People found' })
      .getByRole('button')
      .filter({ hasText: `@${other.username}` })
      .click();
  }

  chatRow(title: string): Locator {
    // What was said in other chats may name it, too.
    return this.page.getByTestId('chat-row').filter({ has: this.page.locator('.chat-row-title', { hasText: title }) });
  }

  preview(title: string): Locator {
    return this.chatRow(title).getByTestId('chat-preview');
  }

  /** Opens the menu of a chat of the list by keyboard alone, and chooses. */
  async chooseFor(title: string, choice: string): Promise<void> {
    await this.button(`Options for ${title}`).focus();
    await this.page.keyboard.press('Enter');
    await this.page.getByRole('menuitem', { name: choice, exact: true }).focus();
    await this.page.keyboard.press('Enter');
  }

  /** Opens a chat of the list; resolves with its id. */
  async openChat(title: string): Promise<string> {
    await this.backToList();
    await this.chatRow(title).click();
    return this.hasOpened(title);
  }

  /** On a phone the list and the conversation take turns. */
  async backToList(): Promise<void> {
    const back = this.button('Back to chats');
    if (await back.isVisible()) await back.click();
    await this.chatList.waitFor();
  }

  async hasOpened(title: string): Promise<string> {
    await this.conversation.getByRole('heading', { name: title, exact: true }).waitFor();
    await this.conversation.and(this.page.locator('[data-opened="true"]')).waitFor();
    const id = /^#\/chats\/([0-9a-f-]{36})$/.exec(new URL(this.page.url()).hash)?.[1];
    if (id === undefined) throw new Error(`No chat is open at ${this.page.url()}`);
    return id;
  }

  get conversation(): Locator {
    return this.page.getByTestId('conversation');
  }

  get messageField(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true });
  }

  /** Writes a line and sends it, as one does on a device of this size. */
  async write(text: string): Promise<void> {
    await this.messageField.fill(text);
    if (this.screen === 'desktop') await this.messageField.press('Enter');
    else await this.button('Send').click();
  }

  /** Chooses from the menu "Disappears after" for all that is sent next. */
  async disappearsAfter(choice: string): Promise<void> {
    await this.page.getByLabel('Disappears after').last().selectOption({ label: choice });
  }

  /** Opens the camera's dialog. Who allowed the camera before sees it start; who did not is asked, and says no. */
  async turnOnCamera(isAllowed: boolean): Promise<void> {
    if (isAllowed) await this.context.grantPermissions(['camera', 'microphone']);
    await this.button('Open the camera').click();
    if (!isAllowed) await this.button('Turn on camera').click();
  }

  /** Takes a photo up to where it can be looked at before sending. */
  async takePhoto(): Promise<void> {
    await this.turnOnCamera(true);
    await this.button('Take the photo').click();
  }

  /** Rests a finger on something until its menu is there, which stays when the finger is lifted. */
  async rest(place: Locator): Promise<void> {
    const box = await place.boundingBox();
    if (box === null) throw new Error('There is nothing to rest a finger on');
    const touch = await this.context.newCDPSession(this.page);
    const point = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
    await this.page.getByRole('menu').waitFor();
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await touch.detach();
    await this.page.getByRole('menu').waitFor();
  }

  get typing(): Locator {
    return this.page.getByTestId('typing');
  }

  /** The lines of the open chat from top to bottom, without those of the system. */
  lines(): Promise<SeenLine[]> {
    return this.page.getByTestId('line').evaluateAll((lines) =>
      lines.map((line) => ({
        id: line.dataset.row ?? '',
        isOwn: line.dataset.own === 'true',
        state: line.dataset.state ?? '',
        text: line.querySelector('.bubble-text')?.textContent ?? null,
      })),
    );
  }

  async texts(): Promise<(string | null)[]> {
    return (await this.lines()).map(({ text }) => text);
  }

  /** The states of the own lines with these texts. */
  async statesOf(texts: readonly string[]): Promise<string[]> {
    const lines = await this.lines();
    return lines.filter(({ isOwn, text }) => isOwn && text !== null && texts.includes(text)).map(({ state }) => state);
  }

  line(text: string): Locator {
    return this.page.getByTestId('line').filter({ hasText: text });
  }

  /** Everything that the page keeps on the device, as one text: bytes as the characters they may be. */
  async keptOnDevice(): Promise<string> {
    const stored = await this.context.storageState();
    const rest = await this.page.evaluate(async () => {
      const answer = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const readable = (_: string, value: unknown): unknown => {
        if (!(value instanceof ArrayBuffer) && !ArrayBuffer.isView(value))
          return value instanceof CryptoKey ? `key, ${value.extractable}` : value;
        return ['latin1', 'utf-8', 'utf-16le'].map((encoding) => new TextDecoder(encoding).decode(value));
      };
      const databases: Record<string, unknown> = {};
      for (const { name = '' } of await indexedDB.databases()) {
        const database = await answer(indexedDB.open(name));
        const stores = [...database.objectStoreNames];
        const contents = stores.map((store) => answer(database.transaction(store).objectStore(store).getAll()));
        databases[name] = await Promise.all(contents);
        database.close();
      }
      const cached = await Promise.all(
        (await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)),
      );
      return JSON.stringify({ session: { ...sessionStorage }, cached, databases }, readable);
    });
    return JSON.stringify(stored.origins) + rest;
  }
}
