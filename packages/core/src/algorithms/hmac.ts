/** RFC 4253 §6.4 and RFC 6668: HMAC over `sequence_number ‖ packet`. */
import { equalBytes, type AnyHashName, type Needs } from '../crypto/provider.js';
import type { MacAlgorithm } from './algorithm.js';
import { writeUint32 } from '../wire/uint32.js';

const HASH_LENGTH = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const satisfies Record<AnyHashName, number>;

export function hmacWith(hash: AnyHashName, encryptThenMac: boolean): MacAlgorithm {
  const length = HASH_LENGTH[hash];
  return {
    keyLength: length,
    tagLength: length,
    encryptThenMac,
    create: (crypto, key) => crypto.hmac(hash, key),
    createBatched: ({ batchedHmac }, key) => batchedHmac?.(hash, key),
  };
}

/** The two uses of a MAC for packets that end with its tag. */
export function packetMac(crypto: Needs<'hmac'>, key: Uint8Array, mac: MacAlgorithm) {
  const authenticate = mac.create(crypto, key);
  const sequence = new Uint8Array(4);
  const tagOf = (sequenceNumber: number, packet: Uint8Array): Uint8Array => {
    writeUint32(sequence, 0, sequenceNumber);
    const tag = authenticate(sequence, packet.subarray(0, packet.length - mac.tagLength));
    return tag.length === mac.tagLength ? tag : tag.subarray(0, mac.tagLength);
  };
  return {
    writeTag: (sequenceNumber: number, packet: Uint8Array): void => {
      packet.set(tagOf(sequenceNumber, packet), packet.length - mac.tagLength);
    },
    hasTag: (sequenceNumber: number, packet: Uint8Array): boolean =>
      equalBytes(tagOf(sequenceNumber, packet), packet.subarray(packet.length - mac.tagLength)),
  };
}
