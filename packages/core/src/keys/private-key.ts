/** Private keys in memory. */
import type { Signer } from '../algorithms/algorithm.js';
import { proceed } from '../crypto/awaitable.js';
import { loadCrypto, type Awaitable, type CryptoSource } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import type { Writer } from '../wire/writer.js';
import type { KeyMaterial, KeyType } from './key-material.js';
import type { KeyTypeName } from './key-types.js';

/** Security: the secret is only in private fields, so neither logging nor serializing a key discloses it. */
export class PrivateKey implements Signer {
  readonly type: KeyTypeName;
  readonly comment: string;
  readonly publicKey: Uint8Array;
  readonly algorithms: readonly string[];
  readonly #material: KeyMaterial;
  readonly #crypto: CryptoSource;

  constructor(type: KeyTypeName, material: KeyMaterial, comment: string, crypto: CryptoSource) {
    this.type = type;
    this.comment = comment;
    this.publicKey = material.publicKey;
    this.algorithms = material.algorithms;
    this.#material = material;
    this.#crypto = crypto;
  }

  /** The public half, for `formatPublicKey`. */
  get public(): { readonly type: string; readonly blob: Uint8Array; readonly comment: string } {
    return { type: this.type, blob: this.publicKey, comment: this.comment };
  }

  sign(algorithm: string, message: Uint8Array): Awaitable<Uint8Array> {
    if (!this.algorithms.includes(algorithm)) {
      throw new ConfigurationError(`an ${this.type} key does not sign with ${algorithm}`);
    }
    return proceed(loadCrypto(this.#crypto), (crypto) => this.#material.sign(crypto, algorithm, message));
  }

  /** Appends the private fields in key file format. Security: this is the key. */
  writeSecret(writer: Writer): void {
    this.#material.write(writer);
  }
}

export interface GenerateKeyOptions {
  /** Size of an RSA modulus, 2048 to 8192; 3072 by default. Other types have a fixed size. */
  readonly bits?: number;
  readonly comment?: string;
  /** Generates the key and later signs with it; the portable provider by default. */
  readonly crypto?: CryptoSource;
}

const DEFAULT_MODULUS_BITS = 3072;

/** A key of the type that `make` generates. @throws ConfigurationError for a size out of bounds. */
export async function makeKey(
  crypto: CryptoSource,
  type: KeyTypeName,
  make: KeyType['generate'],
  { bits = DEFAULT_MODULUS_BITS, comment = '' }: Omit<GenerateKeyOptions, 'crypto'> = {},
): Promise<PrivateKey> {
  return new PrivateKey(type, await make(await loadCrypto(crypto), bits), comment, crypto);
}
