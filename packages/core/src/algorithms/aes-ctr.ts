/** RFC 4344 §4: AES in counter mode. */
import { advanceCounter } from '../crypto/block-counter.js';
import { equalBytes, type BatchedStreamCipher, type Needs } from '../crypto/provider.js';
import type { BatchedMac, BatchedPacketCipher, CipherAlgorithm, CipherKeys, MacAlgorithm } from './algorithm.js';
import { encryptAndMac, encryptThenMac, type BlockMode } from './block-packets.js';
import { BatchedClearLength } from './clear-length.js';
import { writeUint32 } from '../wire/uint32.js';

const LENGTH = 4;
const BLOCK_LENGTH = 16;

/** The key stream, with its block counter as data: the provider's own stream is a cache of it. */
function counterMode(crypto: Needs<'aesCtr'>, keys: CipherKeys): BlockMode {
  const stream = crypto.aesCtr(keys.key, keys.iv);
  const counter = Uint8Array.from(keys.iv);
  const apply = (bytes: Uint8Array): void => {
    stream.apply(bytes);
    advanceCounter(counter, bytes.length);
  };
  return { blockLength: BLOCK_LENGTH, encrypt: apply, decrypt: apply, counter: () => counter.slice() };
}

/** `encryptThenMac` with promises: the counter of a packet depends only on the lengths of the packets before it. */
class BatchedAesCtr extends BatchedClearLength implements BatchedPacketCipher {
  readonly #stream: BatchedStreamCipher;
  readonly #authenticate: BatchedMac;

  constructor(stream: BatchedStreamCipher, authenticate: BatchedMac, iv: Uint8Array, tagLength: number) {
    super(stream, iv, tagLength);
    this.#stream = stream;
    this.#authenticate = authenticate;
  }

  async open(sequenceNumber: number, packet: Uint8Array): Promise<Uint8Array | undefined> {
    const [plain, tag] = await Promise.all([this.#apply(packet), this.#tagOf(sequenceNumber, packet)]);
    // Security: the packet was decrypted at the same time; nobody gets the plain text unless the tag is right.
    return equalBytes(tag, packet.subarray(-this.tagLength)) ? plain : undefined;
  }

  async seal(sequenceNumber: number, packet: Uint8Array): Promise<void> {
    const encrypted = await this.#apply(packet);
    packet.set(encrypted, LENGTH);
    this.release?.(encrypted.buffer as ArrayBuffer);
    packet.set(await this.#tagOf(sequenceNumber, packet), packet.length - this.tagLength);
  }

  #apply(packet: Uint8Array): Promise<Uint8Array> {
    const bytes = packet.subarray(LENGTH, -this.tagLength);
    const counter = this.here();
    advanceCounter(this.position, bytes.length);
    return this.#stream.apply(counter, bytes);
  }

  async #tagOf(sequenceNumber: number, packet: Uint8Array): Promise<Uint8Array> {
    const sequence = new Uint8Array(4);
    writeUint32(sequence, 0, sequenceNumber);
    const tag = await this.#authenticate(sequence, packet.subarray(0, -this.tagLength));
    return tag.subarray(0, this.tagLength);
  }
}

function createBatched(
  crypto: Needs<'batchedAesCtr' | 'batchedHmac'>,
  { key, iv, macKey }: CipherKeys,
  mac: MacAlgorithm | undefined,
): BatchedPacketCipher | undefined {
  const authenticate = mac?.encryptThenMac === true ? mac.createBatched?.(crypto, macKey) : undefined;
  const stream = authenticate && crypto.batchedAesCtr?.(key);
  return stream && new BatchedAesCtr(stream, authenticate, iv, mac!.tagLength);
}

export function aesCtr(
  keyLength: 16 | 24 | 32,
): CipherAlgorithm<Needs<'aesCtr' | 'hmac' | 'batchedAesCtr' | 'batchedHmac'>> {
  return {
    keyLength,
    ivLength: BLOCK_LENGTH,
    aead: false,
    create: (crypto, keys, mac) => {
      if (mac === undefined) throw new TypeError('AES-CTR needs a MAC');
      const protect = mac.encryptThenMac ? encryptThenMac : encryptAndMac;
      return protect(crypto, counterMode(crypto, keys), keys, mac);
    },
    createBatched,
  };
}
