/** Where a server keeps its host keys from one start to the next. */
import type { Signer } from '../algorithms/algorithm.js';
import { portableCrypto } from '../crypto/portable.js';
import type { Awaitable, CryptoSource } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import type { KeyTypeName } from '../keys/key-types.js';
import { formatPrivateKey, readPrivateKey } from '../keys/openssh-key-file.js';
import { generateKey } from '../keys/portable-keys.js';

export interface KeyStore {
  /** False where what it keeps is gone with the process: the server warns of that once. */
  readonly isDurable: boolean;
  /**
   * The keys that are kept. Where there are none one is made and kept: of several processes that do so at once, all get the
   * key of the first. `crypto` is the server's. @throws ConfigurationError, in one sentence that says what to change, where none can be kept.
   */
  load(crypto?: CryptoSource): Awaitable<readonly Signer[]>;
}

/** Where a server has its host keys from: private keys, a store that keeps them, or a function that is asked when one is needed. */
export type HostKeySource = readonly Signer[] | KeyStore | (() => Awaitable<readonly Signer[]>);

/** A place for the text of one key file. */
export interface KeyPlace {
  /** What it is called in errors. */
  readonly name: string;
  readonly isDurable: boolean;
  /** Undefined where nothing is kept yet. */
  read(): Awaitable<string | undefined>;
  /** Keeps the text, unless something is kept already: then that stays. Security: it is a private key. */
  add(text: string): Awaitable<void>;
}

export interface KeyStoreOptions {
  /** Of the key that is made where there is none: Ed25519 if not given. */
  readonly type?: KeyTypeName;
  /** What makes the key and signs with it: the server's if not given. */
  readonly crypto?: CryptoSource;
}

/** A store over any place that keeps text. */
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
  // Somebody else may have been first.
  const kept = await place.read();
  if (kept === undefined) throw new ConfigurationError(`${place.name} does not keep the host key that was written`);
  return kept;
}

/** Keeps a key as long as the process runs, for servers of one process that are to show the same one. */
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
