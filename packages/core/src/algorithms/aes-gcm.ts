/** RFC 5647 as `aes128-gcm@openssh.com` and `aes256-gcm@openssh.com` have it: the length is in clear and authenticated. */
import type { Needs } from '../crypto/provider.js';
import { MacError } from '../errors.js';
import type { BatchedPacketCipher, CipherAlgorithm, CipherKeys, PacketCipher } from './algorithm.js';
import { readUint32 } from './uint32.js';

const LENGTH = 4;
const NONCE_LENGTH = 12;
/** RFC 5647 §7.1: the nonce is 4 fixed bytes and a 64-bit invocation counter. */
const INVOCATION_COUNTER_START = 4;

function incrementInvocationCounter(nonce: Uint8Array): void {
  for (let index = NONCE_LENGTH - 1; index >= INVOCATION_COUNTER_START; index -= 1) {
    const value = (nonce[index]! + 1) & 0xff;
    nonce[index] = value;
    if (value !== 0) return;
  }
}

const framing = {
  blockLength: 16,
  lengthIsApart: true,
  headLength: LENGTH,
  tagLength: 16,
  openLength: (_sequenceNumber: number, head: Uint8Array) => readUint32(head, 0),
} as const;

function create(crypto: Needs<'aesGcm'>, keys: CipherKeys): PacketCipher {
  const aead = crypto.aesGcm(keys.key);
  const nonce = Uint8Array.from(keys.iv);
  return {
    ...framing,
    open: (_sequenceNumber, packet) => {
      const plain = aead.open(nonce, packet, LENGTH);
      if (plain === undefined) throw new MacError();
      incrementInvocationCounter(nonce);
      return plain;
    },
    seal: (_sequenceNumber, packet) => {
      aead.seal(nonce, packet, LENGTH);
      incrementInvocationCounter(nonce);
    },
    counter: () => nonce.slice(),
  };
}

function createBatched({ batchedAesGcm }: Needs<'batchedAesGcm'>, keys: CipherKeys): BatchedPacketCipher | undefined {
  const aead = batchedAesGcm?.(keys.key);
  if (aead === undefined) return undefined;
  const counter = Uint8Array.from(keys.iv);
  return {
    ...framing,
    nextNonce: () => {
      const nonce = counter.slice();
      incrementInvocationCounter(counter);
      return nonce;
    },
    open: (nonce, packet) => aead.open(nonce, packet, LENGTH),
    seal: (nonce, packet) => aead.seal(nonce, packet, LENGTH),
    counter: () => counter.slice(),
  };
}

export function aesGcm(keyLength: 16 | 32): CipherAlgorithm<Needs<'aesGcm' | 'batchedAesGcm'>> {
  return { keyLength, ivLength: NONCE_LENGTH, aead: true, create, createBatched };
}
