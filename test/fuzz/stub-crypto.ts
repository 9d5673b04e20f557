/**
 * Cryptography that does nothing, so that mutated messages get past tags and signatures. Security: it exists only in this
 * folder; with it anyone can read and write everything.
 */
import type { CipherAlgorithm, Signer } from '../../packages/core/src/algorithms/algorithm.js';
import { packetCipherNone } from '../../packages/core/src/algorithms/none.js';
import { noble } from '../../packages/core/src/crypto/noble.js';
import type { CryptoProvider, Ecdsa, HashName, KeyAgreement } from '../../packages/core/src/crypto/provider.js';
import { string, concatenate } from './bytes.js';

const HASH_LENGTHS: Readonly<Partial<Record<string, number>>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };
const NO_TAG = 0;

/** FNV-1a, stretched to the length of the real hash. */
function hash(name: HashName, ...parts: readonly Uint8Array[]): Uint8Array {
  let state = 0x811c9dc5;
  for (const part of parts) for (const byte of part) state = Math.imul(state ^ byte, 0x01000193);
  const digest = new Uint8Array(HASH_LENGTHS[name] ?? 32);
  for (let index = 0; index < digest.length; index += 1) {
    state = Math.imul(state ^ index, 0x01000193);
    digest[index] = state >>> 24;
  }
  return digest;
}

/** Agrees on the same secret with everyone whose key does not begin with 0xff. */
function agreement(publicKey: Uint8Array, secretLength: number): KeyAgreement {
  return {
    generate: () => ({ privateKey: new Uint8Array(secretLength).fill(1), publicKey: publicKey.slice() }),
    agree: (_privateKey, peer) => {
      if (peer[0] === 0xff) throw new Error('not a usable key');
      return new Uint8Array(secretLength).fill(1);
    },
  };
}

const point = (coordinate: number): Uint8Array => new Uint8Array(1 + 2 * coordinate).fill(4);

/** `verifies` is the result of every signature check. */
export function stubCrypto(verifies: boolean): CryptoProvider {
  const ecdsa = (length: number): Ecdsa => ({
    generate: () => ({ privateKey: new Uint8Array(length).fill(1), publicKey: point(length) }),
    sign: () => new Uint8Array(2 * length).fill(1),
    verify: () => verifies,
  });
  return {
    ...noble,
    name: 'stub',
    random: (length) => new Uint8Array(length).fill(7),
    hash,
    hmac: (name) => () => new Uint8Array(HASH_LENGTHS[name] ?? 32),
    aesGcm: () => ({
      seal: (_nonce, packet) => void packet.fill(NO_TAG, packet.length - 16),
      open: (_nonce, packet, aadLength) =>
        packet.subarray(packet.length - 16).every((byte) => byte === NO_TAG)
          ? packet.subarray(aadLength, packet.length - 16)
          : undefined,
    }),
    aesCtr: () => ({ apply: () => undefined }),
    chacha20: (_key, _nonce, bytes) => bytes,
    poly1305: () => new Uint8Array(16),
    x25519: agreement(new Uint8Array(32).fill(9), 32),
    ecdh: {
      nistp256: agreement(point(32), 32),
      nistp384: agreement(point(48), 48),
      nistp521: agreement(point(66), 66),
    },
    modularPower: (_base, _exponent, modulus) => {
      const power = new Uint8Array(modulus.length);
      power[modulus.length - 1] = 5;
      return power;
    },
    mlkem768: {
      generate: () => ({ secretKey: new Uint8Array(2400), publicKey: new Uint8Array(1184) }),
      encapsulate: (publicKey) => {
        if (publicKey[0] === 0xff) throw new Error('a coefficient is too large');
        return { ciphertext: new Uint8Array(1088), sharedSecret: new Uint8Array(32) };
      },
      decapsulate: () => new Uint8Array(32),
    },
    ed25519: {
      generate: () => ({ seed: new Uint8Array(32), publicKey: new Uint8Array(32).fill(3) }),
      sign: () => new Uint8Array(64),
      verify: () => verifies,
    },
    ecdsa: { nistp256: ecdsa(32), nistp384: ecdsa(48), nistp521: ecdsa(66) },
    rsa: { ...noble.rsa, sign: (_hash, key) => new Uint8Array(key.n.length), verify: () => verifies },
  };
}

export const STUB_KEY: Uint8Array = concatenate(string('ssh-ed25519'), string(new Uint8Array(32).fill(3)));

/** A key that signs with zeros. */
export const stubSigner: Signer = {
  publicKey: STUB_KEY,
  algorithms: ['ssh-ed25519'],
  sign: (name) => concatenate(string(name), string(new Uint8Array(64))),
};

/** The only cipher of the targets that are about messages: packets look the same before and after NEWKEYS. */
export const plainCipher: Readonly<Record<string, CipherAlgorithm>> = {
  'plain@fuzz': { keyLength: 0, ivLength: 0, aead: true, create: () => packetCipherNone },
};
