/**
 * RFC 4253 §6 for ciphers that seal with promises: packets keep the place, cipher and number they were framed with, and
 * leave one chunk at a time.
 */
import type { BatchedPacketCipher } from '../algorithms/algorithm.js';
import { MAXIMUM_BATCH } from './batch-opener.js';

/** A plain text packet, at a place in its chunk. */
interface FramedPacket {
  readonly cipher: BatchedPacketCipher;
  readonly sequenceNumber: number;
  readonly start: number;
  readonly end: number;
}

const EMPTY = new Uint8Array(0);

/** A chunk goes from framed to being sealed to ready; one at a time, while the next is being framed. */
export class BatchSealer {
  /** Packets of the chunk being framed. */
  #framed: FramedPacket[] = [];
  #isSealing = false;
  #chunk: Uint8Array = EMPTY;

  /** True while a packet of ours is not sealed yet. */
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

  /** Records the next packet, which extends from `start` to `end` in its chunk. */
  add(cipher: BatchedPacketCipher, sequenceNumber: number, start: number, end: number): void {
    this.#framed.push({ cipher, sequenceNumber, start, end });
  }

  /** Seals the recorded packets of `chunk` in place; the chunk before must have been taken. Rejects if the runtime fails. */
  async seal(chunk: Uint8Array): Promise<void> {
    const packets = this.#framed;
    this.#framed = [];
    this.#chunk = chunk;
    if (packets.length === 0) return;
    this.#isSealing = true;
    let sealing: Promise<void>[] = [];
    for (const { cipher, sequenceNumber, start, end } of packets) {
      const sealed = cipher.seal(sequenceNumber, chunk.subarray(start, end));
      if (cipher.sealsInTurn) await sealed;
      else if (sealing.push(sealed) === MAXIMUM_BATCH) {
        await Promise.all(sealing);
        sealing = [];
      }
    }
    if (sealing.length > 0) await Promise.all(sealing);
    this.#isSealing = false;
  }

  /** Returns the chunk that is ready. */
  take(): Uint8Array {
    const chunk = this.#chunk;
    this.#chunk = EMPTY;
    return chunk;
  }
}
