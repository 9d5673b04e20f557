/** RFC 4253 §6 where sealing takes promises: packets keep their place and the nonce they were framed with, and leave a chunk at a time. */
import type { BatchedPacketCipher } from '../algorithms/algorithm.js';
import { MAXIMUM_BATCH } from './batch-opener.js';

/** A packet in plain text, at a place in its chunk. */
interface FramedPacket {
  readonly cipher: BatchedPacketCipher;
  readonly nonce: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const EMPTY = new Uint8Array(0);

/** A chunk goes from framed to being sealed to ready; one at a time, while the next is being framed. */
export class BatchSealer {
  /** Packets of the chunk that is being framed. */
  #framed: FramedPacket[] = [];
  #isSealing = false;
  #chunk: Uint8Array = EMPTY;

  /** True while a packet of ours lacks its seal. */
  get isPending(): boolean {
    return this.#isSealing || this.#framed.length > 0;
  }

  /** Bytes that are being sealed or are ready. */
  get length(): number {
    return this.#chunk.length;
  }

  get readyLength(): number {
    return this.#isSealing ? 0 : this.#chunk.length;
  }

  /** Takes note of the next packet, which stands from `start` to `end` of its chunk. */
  add(cipher: BatchedPacketCipher, start: number, end: number): void {
    this.#framed.push({ cipher, nonce: cipher.nextNonce(), start, end });
  }

  /** Seals the noted packets of `chunk` in place; the chunk before must have been taken. Rejects where the runtime fails. */
  async seal(chunk: Uint8Array): Promise<void> {
    const packets = this.#framed;
    this.#framed = [];
    this.#chunk = chunk;
    if (packets.length === 0) return;
    this.#isSealing = true;
    for (let first = 0; first < packets.length; first += MAXIMUM_BATCH) {
      const batch = packets.slice(first, first + MAXIMUM_BATCH);
      await Promise.all(batch.map(({ cipher, nonce, start, end }) => cipher.seal(nonce, chunk.subarray(start, end))));
    }
    this.#isSealing = false;
  }

  /** Hands over the chunk that is ready. */
  take(): Uint8Array {
    const chunk = this.#chunk;
    this.#chunk = EMPTY;
    return chunk;
  }
}
