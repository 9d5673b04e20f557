import { fingerprint, type KeyStore } from '@nacre/core';
import { expect, test } from 'vitest';
import { durableObjectKeyStore, kvKeyStore } from './key-store.js';

const shown = async (store: KeyStore): Promise<string> => fingerprint((await store.load())[0]!.publicKey);

/** Storage whose transactions run one after another, as those of a Durable Object. */
class Storage {
  readonly kept = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();

  get(key: string): Promise<unknown> {
    return Promise.resolve(this.kept.get(key));
  }

  put(key: string, value: string): Promise<void> {
    this.kept.set(key, value);
    return Promise.resolve();
  }

  transaction<T>(closure: (transaction: Storage) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => closure(this));
    this.#last = result;
    return result;
  }
}

test('a Durable Object shows one key, whoever asks first', async () => {
  const storage = new Storage();
  const keys = await Promise.all([1, 2, 3].map(() => shown(durableObjectKeyStore(storage))));
  expect(new Set(keys).size).toBe(1);
  expect([...storage.kept.keys()]).toEqual(['nacre:host-key']);
});

test('a KV namespace keeps the key that is there, under the name that is asked for', async () => {
  const kept = new Map<string, string>();
  const namespace = {
    get: (key: string) => Promise.resolve(kept.get(key) ?? null),
    put: (key: string, value: string) => Promise.resolve(void kept.set(key, value)),
  };
  const first = await shown(kvKeyStore(namespace, { name: 'mine' }));
  expect(await shown(kvKeyStore(namespace, { name: 'mine' }))).toBe(first);
  expect([...kept.keys()]).toEqual(['mine']);
});
