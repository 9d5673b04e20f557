/** The host keys of a server: given, stored, made on demand, or made for one run. */
import type { Signer } from '../algorithms/algorithm.js';
import { checkHostKeys } from '../algorithms/host-key-size.js';
import type { OfferedAlgorithms } from '../algorithms/offer.js';
import type { CryptoSource } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import { ed25519KeyType } from '../keys/ed25519-key.js';
import { makeKey } from '../keys/private-key.js';
import type { HostKeySource } from './key-store.js';

export interface OwnHostKeysOptions {
  readonly crypto: CryptoSource;
  readonly algorithms: OfferedAlgorithms;
  /** In bits. */
  readonly requiredRsaSize: number;
  /** Clients will be warned when the key changes. */
  readonly warn: (message: string) => void;
}

export class OwnHostKeys {
  readonly #options: OwnHostKeysOptions;
  #source: HostKeySource = [];
  #loading: Promise<readonly Signer[]> | undefined;
  #loaded: readonly Signer[] | undefined;

  /** @throws ConfigurationError for keys that clients would refuse. */
  constructor(source: HostKeySource | undefined, options: OwnHostKeysOptions) {
    this.#options = options;
    this.use(source ?? []);
  }

  /** Whether the keys are made only when somebody connects. */
  get isLate(): boolean {
    return typeof this.#source === 'function';
  }

  /** Uses these keys from now on. @throws ConfigurationError for keys that clients would refuse. */
  use(source: HostKeySource): void {
    if (Array.isArray(source) && source.length > 0) this.#check(source);
    this.#source = source;
    this.#loading = undefined;
    this.#loaded = undefined;
  }

  /** The result of `load`, once it has settled. */
  get loaded(): readonly Signer[] | undefined {
    return this.#loaded;
  }

  load(): Promise<readonly Signer[]> {
    if (this.#loading !== undefined) return this.#loading;
    const loading = this.#load().catch((error: unknown) => {
      // A store that failed once may succeed for the next connection. There may be other keys by now.
      if (this.#loading === loading) this.#loading = undefined;
      throw error;
    });
    this.#loading = loading;
    return loading;
  }

  async #load(): Promise<readonly Signer[]> {
    const source = this.#source;
    const isLost = 'load' in source && !source.isDurable;
    const { crypto, warn } = this.#options;
    const keys = await (typeof source === 'function' ? source() : 'load' in source ? source.load(crypto) : source);
    if (keys.length === 0 || isLost) warn('the host key is of this run alone: clients will warn when it changes');
    // A copy: values cached for this list must not apply to keys that the application later adds to its own.
    const own = keys.length > 0 ? [...keys] : [await makeKey(crypto, 'ssh-ed25519', ed25519KeyType.generate)];
    this.#check(own);
    if (this.#source === source) this.#loaded = own;
    return own;
  }

  #check(keys: readonly Signer[]): void {
    const { algorithms, requiredRsaSize } = this.#options;
    checkHostKeys(keys, algorithms.tables.signatures, requiredRsaSize);
    const offered = algorithms.offer.hostKeys;
    if (keys.some((key) => key.algorithms.some((name) => offered.includes(name)))) return;
    throw new ConfigurationError(`no host key is for what "algorithms" offers: ${offered.join(',')}`);
  }
}
