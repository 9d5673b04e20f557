/** RFC 5647 as in `aes128-gcm@openssh.com` and `aes256-gcm@openssh.com`: the length is in clear and authenticated. */
import type { Aead, BatchedAead, Needs } from '../crypto/provider.js';
import { MacError } from '../errors.js';
import type { BatchedPacketCipher, CipherAlgorithm, CipherKeys, PacketCipher } from './algorithm.js';
import { BatchedClearLength, ClearLength } from './clear-length.js';

const LENGTH = 4;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
/** RFC 5647 §7.1: the nonce is 4 fixed bytes and a 64-bit invocation counter. */
const INVOCATION_COUNTER_START = 4;

function incrementInvocationCounter(nonce: Uint8Array): void {
  for (let index = NONCE_LENGTH - 1; index >= INVOCATION_COUNTER_START; index -= 1) {
    const value = (nonce[index]! + 1) & 0xff;
    nonce[index] = value;
    if (value !== 0) return;
  }
}

class AesGcm extends ClearLength implements PacketCipher {
  readonly #aead: Aead;

  constructor(aead: Aead, iv: Uint8Array) {
    super(iv, TAG_LENGTH);
    this.#aead = aead;
  }

  open(_sequenceNumber: number, packet: Uint8Array): Uint8Array {
    const plain = this.#aead.open(this.position, packet, LENGTH);
    if (plain === undefined) throw new MacError();
    incrementInvocationCounter(this.position);
    return plain;
  }

  seal(_sequenceNumber: number, packet: Uint8Array): void {
    this.#aead.seal(this.position, packet, LENGTH);
    incrementInvocationCounter(this.position);
  }
}

class BatchedAesGcm extends BatchedClearLength implements BatchedPacketCipher {
  readonly #aead: BatchedAead;

  constructor(aead: BatchedAead, iv: Uint8Array) {
    super(aead, iv, TAG_LENGTH);
    this.#aead = aead;
  }

  open(_sequenceNumber: number, packet: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#aead.open(this.#nextNonce(), packet, LENGTH);
  }

  seal(_sequenceNumber: number, packet: Uint8Array): Promise<void> {
    return this.#aead.seal(this.#nextNonce(), packet, LENGTH);
  }

  #nextNonce(): Uint8Array {
    const nonce = this.here();
    incrementInvocationCounter(this.position);
    return nonce;
  }
}

function create(crypto: Needs<'aesGcm'>, keys: CipherKeys): PacketCipher {
  return new AesGcm(crypto.aesGcm(keys.key), keys.iv);
}

function createBatched({ batchedAesGcm }: Needs<'batchedAesGcm'>, keys: CipherKeys): BatchedPacketCipher | undefined {
  const aead = batchedAesGcm?.(keys.key);
  return aead && new BatchedAesGcm(aead, keys.iv);
}

export function aesGcm(keyLength: 16 | 32): CipherAlgorithm<Needs<'aesGcm' | 'batchedAesGcm'>> {
  return { keyLength, ivLength: NONCE_LENGTH, aead: true, create, createBatched };
}
