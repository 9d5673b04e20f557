/** OpenSSH's PROTOCOL.chacha20poly1305: two ChaCha20 keys, one for the length and one for the rest, and Poly1305 over both. */
import { equalBytes, type Needs } from '../crypto/provider.js';
import { MacError } from '../errors.js';
import type { CipherAlgorithm, CipherKeys, PacketCipher } from './algorithm.js';
import { readUint32, writeUint32 } from '../wire/uint32.js';

const LENGTH = 4;
const KEY_LENGTH = 32;
const TAG_LENGTH = 16;

type ChaCha20 = Needs<'chacha20' | 'poly1305'>;
/** Block 0 of the packet's key stream gives the Poly1305 key; the packet itself starts with block 1. */
const FIRST_PACKET_BLOCK = 1;

function create(crypto: ChaCha20, keys: CipherKeys): PacketCipher {
  const packetKey = keys.key.subarray(0, KEY_LENGTH);
  const lengthKey = keys.key.subarray(KEY_LENGTH);
  // Scratch space for one call; nothing in it outlives that.
  const nonce = new Uint8Array(8);
  const poly1305Key = new Uint8Array(KEY_LENGTH);
  const length = new Uint8Array(LENGTH);

  const tagOf = (packet: Uint8Array): Uint8Array => {
    poly1305Key.fill(0);
    const key = crypto.chacha20(packetKey, nonce, poly1305Key, 0);
    return crypto.poly1305(key, packet.subarray(0, packet.length - TAG_LENGTH));
  };
  const applyToBody = (packet: Uint8Array): Uint8Array =>
    crypto.chacha20(packetKey, nonce, packet.subarray(LENGTH, packet.length - TAG_LENGTH), FIRST_PACKET_BLOCK);

  return {
    blockLength: 8,
    lengthIsApart: true,
    headLength: LENGTH,
    tagLength: TAG_LENGTH,
    openLength: (sequenceNumber, head) => {
      // Not in place: the tag covers the encrypted length.
      length.set(head);
      writeUint32(nonce, LENGTH, sequenceNumber);
      return readUint32(crypto.chacha20(lengthKey, nonce, length, 0), 0);
    },
    open: (sequenceNumber, packet) => {
      writeUint32(nonce, LENGTH, sequenceNumber);
      if (!equalBytes(tagOf(packet), packet.subarray(packet.length - TAG_LENGTH))) throw new MacError();
      return applyToBody(packet);
    },
    seal: (sequenceNumber, packet) => {
      writeUint32(nonce, LENGTH, sequenceNumber);
      length.set(packet.subarray(0, LENGTH));
      packet.set(crypto.chacha20(lengthKey, nonce, length, 0));
      const body = applyToBody(packet);
      if (body.buffer !== packet.buffer) packet.set(body, LENGTH);
      packet.set(tagOf(packet), packet.length - TAG_LENGTH);
    },
    counter: () => new Uint8Array(0),
  };
}

/** The negotiated keys are the packet's, then the length's; the nonce is the sequence number, so there is no IV. */
export const chacha20Poly1305: CipherAlgorithm<ChaCha20> = {
  keyLength: 2 * KEY_LENGTH,
  ivLength: 0,
  aead: true,
  create,
};
