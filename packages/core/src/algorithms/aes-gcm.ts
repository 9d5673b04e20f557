/** RFC 5647 as `aes128-gcm@openssh.com` and `aes256-gcm@openssh.com` have it: the length is in clear and authenticated. */
import type { Aead, BatchedAead, Needs } from '../crypto/provider.js';
import { MacError } from '../errors.js';
import type { BatchedPacketCipher, CipherAlgorithm, CipherKeys, PacketCipher } from './algorithm.js';
import { readUint32 } from './uint32.js';

const LENGTH = 4;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
/** RFC 5647 §7.1: the nonce is 4 fixed bytes and a 64-bit invocation counter. */
const INVOCATION_COUNTER_START = 4;
/** Nonces that share their memory: V8 moves a small array that native code takes out of its heap, each into memory of its own. */
const NONCES = 64;

function incrementInvocationCounter(nonce: Uint8Array): void {
  for (let index = NONCE_LENGTH - 1; index >= INVOCATION_COUNTER_START; index -= 1) {
    const value = (nonce[index]! + 1) & 0xff;
    nonce[index] = value;
    if (value !== 0) return;
  }
}

/** What both forms have in common. These are classes, as every connection holds two: closures would take thrice the memory. */
class Framing {
  protected readonly nonce: Uint8Array;

  constructor(iv: Uint8Array) {
    this.nonce = iv.slice();
  }

  get blockLength(): number {
    return 16;
  }

  get lengthIsApart(): boolean {
    return true;
  }

  get headLength(): number {
    return LENGTH;
  }

  get tagLength(): number {
    return TAG_LENGTH;
  }

  openLength(_sequenceNumber: number, head: Uint8Array): number {
    return readUint32(head, 0);
  }

  counter(): Uint8Array {
    return this.nonce.slice();
  }
}

class AesGcm extends Framing implements PacketCipher {
  readonly #aead: Aead;

  constructor(aead: Aead, iv: Uint8Array) {
    super(iv);
    this.#aead = aead;
  }

  open(_sequenceNumber: number, packet: Uint8Array): Uint8Array {
    const plain = this.#aead.open(this.nonce, packet, LENGTH);
    if (plain === undefined) throw new MacError();
    incrementInvocationCounter(this.nonce);
    return plain;
  }

  seal(_sequenceNumber: number, packet: Uint8Array): void {
    this.#aead.seal(this.nonce, packet, LENGTH);
    incrementInvocationCounter(this.nonce);
  }
}

class BatchedAesGcm extends Framing implements BatchedPacketCipher {
  readonly #aead: BatchedAead;
  #nonces = new Uint8Array(0);
  /** Bytes of them that are given out. */
  #used = 0;

  constructor(aead: BatchedAead, iv: Uint8Array) {
    super(iv);
    this.#aead = aead;
  }

  get release(): BatchedAead['release'] {
    return this.#aead.release;
  }

  nextNonce(): Uint8Array {
    if (this.#used === this.#nonces.length) {
      this.#nonces = new Uint8Array(NONCES * NONCE_LENGTH);
      this.#used = 0;
    }
    const nonce = this.#nonces.subarray(this.#used, (this.#used += NONCE_LENGTH));
    nonce.set(this.nonce);
    incrementInvocationCounter(this.nonce);
    return nonce;
  }

  open(nonce: Uint8Array, packet: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#aead.open(nonce, packet, LENGTH);
  }

  seal(nonce: Uint8Array, packet: Uint8Array): Promise<void> {
    return this.#aead.seal(nonce, packet, LENGTH);
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
