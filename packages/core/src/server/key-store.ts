/** Where a server keeps its host keys between runs. */
import type { Signer } from '../algorithms/algorithm.js';
import { portableCrypto } from '../crypto/portable.js';
import type { Awaitable, CryptoSource } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import type { KeyTypeName } from '../keys/key-types.js';
import { formatPrivateKey, readPrivateKey } from '../keys/openssh-key-file.js';
import { generateKey } from '../keys/portable-keys.js';

export interface KeyStore {
  /** False if the keys are lost when the process ends; the server warns about that once. */
  readonly isDurable: boolean;
  /**
   * The stored keys. If there are none, one is made and stored; if several processes do so at once, all get the key of
   * the first. `crypto` is the server's. @throws ConfigurationError, in one sentence that says what to change, if no
   * key can be stored.
   */
  load(crypto?: CryptoSource): Awaitable<readonly Signer[]>;
}

/** The source of a server's host keys: private keys, a store, or a function that is called when one is needed. */
export type HostKeySource = readonly Signer[] | KeyStore | (() => Awaitable<readonly Signer[]>);

/** A place for the text of one key file. */
export interface KeyPlace {
  /** Its name in errors. */
  readonly name: string;
  readonly isDurable: boolean;
  /** Undefined if nothing is stored yet. */
  read(): Awaitable<string | undefined>;
  /** Stores the text, unless something is stored already, which then stays. Security: it is a private key. */
  add(text: string): Awaitable<void>;
}

export interface KeyStoreOptions {
  /** The type of key to make if there is none; Ed25519 by default. */
  readonly type?: KeyTypeName;
  /** Makes the key and signs with it; the server's by default. */
  readonly crypto?: CryptoSource;
}

/** A store over any place that can hold text. */
export function keyStore(place: KeyPlace, { type = 'ssh-ed25519', crypto: own }: KeyStoreOptions = {}): KeyStore {
  return {
    isDurable: place.isDurable,
    load: async (given = portableCrypto) => {
      const crypto = own ?? given;
      const text = (await place.read()) ?? (await make(place, type, crypto));
      try {
        return [readPrivateKey(text, crypto)];
      } catch (cause) {
        const why = `the host key in ${place.name} cannot be read (${String(cause)})`;
        throw new ConfigurationError(`${why}: move it away, and one is made in its place`, { cause });
      }
    },
  };
}

async function make(place: KeyPlace, type: KeyTypeName, crypto: CryptoSource): Promise<string> {
  const key = await generateKey(type, { crypto });
  try {
    await place.add(formatPrivateKey(key));
  } catch (cause) {
    const why = `no host key is kept in ${place.name}, and none can be written there`;
    throw new ConfigurationError(`${why}: make it writable, or give \`hostKeys\` themselves`, { cause });
  }
  // Another process may have been first.
  const kept = await place.read();
  if (kept === undefined) throw new ConfigurationError(`${place.name} does not keep the host key that was written`);
  return kept;
}

/** Keeps a key for the life of the process, for servers in one process that are to present the same one. */
export function memoryKeyStore(options?: KeyStoreOptions): KeyStore {
  let kept: string | undefined;
  const place: KeyPlace = {
    name: 'memory',
    isDurable: false,
    read: () => kept,
    add: (text) => void (kept ??= text),
  };
  return keyStore(place, options);
}
