/** Private keys in memory. */
import type { Signer } from '../algorithms/algorithm.js';
import { proceed } from '../crypto/awaitable.js';
import { loadCrypto, type Awaitable, type CryptoSource } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import type { Writer } from '../wire/writer.js';
import type { KeyMaterial, KeyType } from './key-material.js';
import type { KeyTypeName } from './key-types.js';

/** Security: the secret is in private fields alone, so neither logging a key nor serializing it gives it away. */
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

  /** Appends the private fields as a key file has them. Security: this is the key. */
  writeSecret(writer: Writer): void {
    this.#material.write(writer);
  }
}

export interface GenerateKeyOptions {
  /** Size of an RSA modulus, 2048 to 8192; 3072 if not given. Other types have one size. */
  readonly bits?: number;
  readonly comment?: string;
  /** What makes the key and signs with it later: the portable provider if not given. */
  readonly crypto?: CryptoSource;
}

const DEFAULT_MODULUS_BITS = 3072;

/** A key of the type that `make` is for. @throws ConfigurationError for a size that is out of bounds. */
export async function makeKey(
  crypto: CryptoSource,
  type: KeyTypeName,
  make: KeyType['generate'],
  { bits = DEFAULT_MODULUS_BITS, comment = '' }: Omit<GenerateKeyOptions, 'crypto'> = {},
): Promise<PrivateKey> {
  return new PrivateKey(type, await make(await loadCrypto(crypto), bits), comment, crypto);
}
