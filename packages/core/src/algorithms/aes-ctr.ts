/** RFC 4344 §4: AES in counter mode, with an HMAC over the plain packet (RFC 4253 §6.4) or, in OpenSSH's `-etm` forms, over the encrypted one. */
import type { CryptoProvider } from '../crypto/provider.js';
import { MacError } from '../errors.js';
import type { CipherAlgorithm, CipherKeys, MacAlgorithm, PacketCipher } from './algorithm.js';
import { packetMac } from './hmac.js';
import { readUint32 } from './uint32.js';

const BLOCK_LENGTH = 16;
const LENGTH = 4;

/** The key stream, and its block counter as data: the provider's own stream is a cache of it. */
function countedStream(crypto: CryptoProvider, keys: CipherKeys) {
  const stream = crypto.aesCtr(keys.key, keys.iv);
  const counter = Uint8Array.from(keys.iv);
  return {
    apply: (bytes: Uint8Array): void => {
      stream.apply(bytes);
      let carry = bytes.length / BLOCK_LENGTH;
      for (let index = BLOCK_LENGTH - 1; index >= 0 && carry > 0; index -= 1) {
        carry += counter[index]!;
        counter[index] = carry;
        carry >>>= 8;
      }
    },
    counter: (): Uint8Array => counter.slice(),
  };
}

function encryptAndMac(crypto: CryptoProvider, keys: CipherKeys, mac: MacAlgorithm): PacketCipher {
  const stream = countedStream(crypto, keys);
  const { writeTag, hasTag } = packetMac(crypto, keys.macKey, mac);
  const { tagLength } = mac;
  return {
    blockLength: BLOCK_LENGTH,
    lengthIsApart: false,
    headLength: BLOCK_LENGTH,
    tagLength,
    openLength: (_sequenceNumber, head) => {
      stream.apply(head);
      return readUint32(head, 0);
    },
    open: (sequenceNumber, packet) => {
      const end = packet.length - tagLength;
      if (end < BLOCK_LENGTH || end % BLOCK_LENGTH !== 0) throw new MacError();
      stream.apply(packet.subarray(BLOCK_LENGTH, end));
      if (!hasTag(sequenceNumber, packet)) throw new MacError();
    },
    seal: (sequenceNumber, packet) => {
      writeTag(sequenceNumber, packet);
      stream.apply(packet.subarray(0, packet.length - tagLength));
    },
    counter: stream.counter,
  };
}

function encryptThenMac(crypto: CryptoProvider, keys: CipherKeys, mac: MacAlgorithm): PacketCipher {
  const stream = countedStream(crypto, keys);
  const { writeTag, hasTag } = packetMac(crypto, keys.macKey, mac);
  const { tagLength } = mac;
  return {
    blockLength: BLOCK_LENGTH,
    lengthIsApart: true,
    headLength: LENGTH,
    tagLength,
    openLength: (_sequenceNumber, head) => readUint32(head, 0),
    open: (sequenceNumber, packet) => {
      // Security: nothing is decrypted before the tag holds.
      if (!hasTag(sequenceNumber, packet)) throw new MacError();
      const encrypted = packet.subarray(LENGTH, packet.length - tagLength);
      if (encrypted.length % BLOCK_LENGTH !== 0) throw new MacError();
      stream.apply(encrypted);
    },
    seal: (sequenceNumber, packet) => {
      stream.apply(packet.subarray(LENGTH, packet.length - tagLength));
      writeTag(sequenceNumber, packet);
    },
    counter: stream.counter,
  };
}

export function aesCtr(keyLength: 16 | 24 | 32): CipherAlgorithm {
  return {
    keyLength,
    ivLength: BLOCK_LENGTH,
    aead: false,
    create: (crypto, keys, mac) => {
      if (mac === undefined) throw new TypeError('AES-CTR needs a MAC');
      return mac.encryptThenMac ? encryptThenMac(crypto, keys, mac) : encryptAndMac(crypto, keys, mac);
    },
  };
}
