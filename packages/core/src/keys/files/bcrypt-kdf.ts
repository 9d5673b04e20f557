/** OpenBSD's bcrypt_pbkdf(3), the key derivation of OpenSSH's key files. Uses the package's hash; rounds yield in between. */
import { nextTick } from '@noble/hashes/utils.js';
import bcrypt from 'bcrypt-pbkdf';
import { hash } from '../../crypto/noble/hashes.js';

export interface BcryptOptions {
  readonly salt: Uint8Array;
  readonly rounds: number;
  /** Length of the derived key in bytes, at most 1024. */
  readonly length: number;
  readonly signal?: AbortSignal | undefined;
}

/** One hash takes some 10 ms, with a turn of the event loop after each. @throws the signal's reason. */
export async function bcryptKey(
  passphrase: Uint8Array,
  { salt, rounds, length, signal }: BcryptOptions,
): Promise<Uint8Array> {
  const secret = hash('sha512', passphrase);
  const blocks = Math.ceil(length / bcrypt.HASHSIZE);
  const key = new Uint8Array(length);
  for (let block = 0; block < blocks; block += 1) {
    const sum = new Uint8Array(bcrypt.HASHSIZE);
    let last = hash('sha512', salt, Uint8Array.of(0, 0, 0, block + 1));
    for (let round = 0; round < rounds; round += 1) {
      signal?.throwIfAborted();
      const output = new Uint8Array(bcrypt.HASHSIZE);
      bcrypt.hash(secret, last, output);
      for (const [index, byte] of output.entries()) sum[index]! ^= byte;
      last = hash('sha512', output);
      await nextTick();
    }
    // The bytes of a block are not contiguous: they are spread over the whole key.
    for (const [index, byte] of sum.entries()) {
      const place = index * blocks + block;
      if (place < length) key[place] = byte;
    }
  }
  return key;
}
