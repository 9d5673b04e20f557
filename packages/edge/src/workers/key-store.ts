/** Host keys in Cloudflare's storage: of a Durable Object, or a KV namespace. */
import { keyStore, type KeyStore, type KeyStoreOptions } from '@nacre/core';

const NAME = 'nacre:host-key';

/** What is used of a Durable Object's storage; its own type fits. */
export interface DurableObjectStorageLike {
  get(key: string): Promise<unknown>;
  transaction<T>(closure: (transaction: StorageTransactionLike) => Promise<T>): Promise<T>;
}

export interface StorageTransactionLike {
  get(key: string): Promise<unknown>;
  put(key: string, value: string): Promise<void>;
}

/** What is used of a KV namespace; its own type fits. */
export interface KvNamespaceLike {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
}

/** Keeps the key with the Durable Object: there is one of it in the world, so there is one key. */
export function durableObjectKeyStore(
  storage: DurableObjectStorageLike,
  { name = NAME, ...options }: KeyStoreOptions & { readonly name?: string } = {},
): KeyStore {
  const place = {
    name: 'the storage of the Durable Object',
    isDurable: true,
    read: async () => textOrNothing(await storage.get(name)),
    add: (text: string) =>
      storage.transaction(async (transaction) => {
        if (textOrNothing(await transaction.get(name)) === undefined) await transaction.put(name, text);
      }),
  };
  return keyStore(place, options);
}

/**
 * Keeps the key in KV, which places see at different times: isolates that make the first key at once may each show their own
 * for a minute. Put a key there beforehand, or use a Durable Object, where that matters.
 */
export function kvKeyStore(
  namespace: KvNamespaceLike,
  { name = NAME, ...options }: KeyStoreOptions & { readonly name?: string } = {},
): KeyStore {
  const read = async (): Promise<string | undefined> => textOrNothing(await namespace.get(name));
  const place = {
    name: 'the KV namespace',
    isDurable: true,
    read,
    add: async (text: string) => {
      if ((await read()) === undefined) await namespace.put(name, text);
    },
  };
  return keyStore(place, options);
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
