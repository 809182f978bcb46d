import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb';
import { createKey, type Sealed, seal, unseal } from './sealing';
import { inOrder, type Kept, MemoryVault, type Shelf, type Vault } from './vault';

const databaseName = 'relayhub';
/** By which the service worker names what it keeps of the app's own files. */
const shellPrefix = 'shell-';

interface SealedRecord {
  readonly shelf: Shelf;
  readonly key: string;
  readonly savedAt: number;
  readonly value: Sealed;
  readonly blobs: readonly (Sealed & { readonly type: string })[];
}

interface Schema extends DBSchema {
  /** One: whose vault it is, and the key of everything in it. */
  owner: { key: 'owner'; value: { readonly userId: string; readonly key: CryptoKey } };
  kept: { key: [Shelf, string]; value: SealedRecord };
}

/**
 * Opens the vault of this device for a user; what another one had in it is thrown away.
 * Where the browser lets nothing be stored, one that ends with the page.
 */
export async function openDeviceVault(userId: string): Promise<Vault> {
  try {
    const database = await openDB<Schema>(databaseName, 1, {
      upgrade(fresh) {
        fresh.createObjectStore('owner');
        fresh.createObjectStore('kept', { keyPath: ['shelf', 'key'] });
      },
      // Another tab signs out: the database must not live on because of this one.
      blocking: (_current, _blocked, event) => {
        if (event.target instanceof IDBDatabase) event.target.close();
      },
    });
    return new DeviceVault(database, await takeKey(database, userId));
  } catch {
    return new MemoryVault();
  }
}

/** Leaves nothing of the vault on this device, and nothing in its caches but the app's own files, which are everybody's. */
export async function wipeDevice(): Promise<void> {
  try {
    await deleteDB(databaseName);
    const names = 'caches' in globalThis ? await caches.keys() : [];
    for (const name of names) if (!name.startsWith(shellPrefix)) await caches.delete(name);
  } catch {
    // What could not be stored need not be deleted.
  }
}

/** The key of the user's vault, made anew where it is somebody else's or there is none. Tabs that ask together get one. */
async function takeKey(database: IDBPDatabase<Schema>, userId: string): Promise<CryptoKey> {
  // Made before the transaction, which would end while it is waited for.
  const fresh = await createKey();
  const transaction = database.transaction(['owner', 'kept'], 'readwrite');
  const owner = await transaction.objectStore('owner').get('owner');
  if (owner?.userId === userId) {
    await transaction.done;
    return owner.key;
  }
  await transaction.objectStore('kept').clear();
  await transaction.objectStore('owner').put({ userId, key: fresh }, 'owner');
  await transaction.done;
  return fresh;
}

class DeviceVault implements Vault {
  readonly #database: IDBPDatabase<Schema>;
  readonly #key: CryptoKey;

  constructor(database: IDBPDatabase<Schema>, key: CryptoKey) {
    this.#database = database;
    this.#key = key;
  }

  async put(shelf: Shelf, { key, savedAt, value, blobs }: Kept): Promise<void> {
    const label = labelOf(shelf, key);
    const text = new TextEncoder().encode(JSON.stringify(value));
    const record: SealedRecord = {
      shelf,
      key,
      savedAt,
      value: await seal(this.#key, label, text),
      blobs: await Promise.all(
        blobs.map(async (blob, index) => ({
          ...(await seal(this.#key, `${label}/${index}`, await blob.arrayBuffer())),
          type: blob.type,
        })),
      ),
    };
    await this.#database.put('kept', record);
  }

  async remove(shelf: Shelf, key: string): Promise<void> {
    await this.#database.delete('kept', [shelf, key]);
  }

  async all(shelf: Shelf): Promise<Kept[]> {
    const records = await this.#database.getAll('kept', IDBKeyRange.bound([shelf], [shelf, []]));
    const opened = await Promise.all(records.map((record) => this.#open(record)));
    return inOrder(opened.filter((kept) => kept !== null));
  }

  close(): void {
    this.#database.close();
  }

  async #open({ shelf, key, savedAt, value, blobs }: SealedRecord): Promise<Kept | null> {
    const label = labelOf(shelf, key);
    try {
      return {
        key,
        savedAt,
        value: JSON.parse(new TextDecoder().decode(await unseal(this.#key, label, value))),
        blobs: await Promise.all(
          blobs.map(async (blob, index) => new Blob([await unseal(this.#key, `${label}/${index}`, blob)], { type: blob.type })),
        ),
      };
    } catch {
      await this.remove(shelf, key);
      return null;
    }
  }
}

const labelOf = (shelf: Shelf, key: string) => `${shelf}/${key}`;
