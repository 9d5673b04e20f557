/** The operations of a private key, whatever its type. */
import type { Awaitable, CryptoProvider } from '../crypto/provider.js';
import type { Reader } from '../wire/reader.js';
import type { Writer } from '../wire/writer.js';

/** One private key. Security: `write` discloses the key, so objects that might be printed hold this in private fields only. */
export interface KeyMaterial {
  /** The public key blob. */
  readonly publicKey: Uint8Array;
  /** Signature algorithms, most preferred first. */
  readonly algorithms: readonly string[];
  /** The signature blob. */
  sign(crypto: CryptoProvider, algorithm: string, message: Uint8Array): Awaitable<Uint8Array>;
  /** Appends the private fields that follow the type in a key file. */
  write(writer: Writer): void;
}

/** How keys of one type are generated, and read from an OpenSSH key file (sshkey.c's `sshkey_private_serialize`). */
export interface KeyType {
  /** `bits` is the size of an RSA modulus; other types have a fixed size. */
  generate(crypto: CryptoProvider, bits: number): Awaitable<KeyMaterial>;
  /** Reads the private fields that follow the type in a key file. @throws ProtocolError if they are malformed. */
  read(reader: Reader): KeyMaterial;
}
