/** RFC 4253 §6 where opening takes promises: packets framed out of one chunk are opened together and handed out in order. */
import type { BatchedPacketCipher } from '../algorithms/algorithm.js';
import { MacError } from '../errors.js';

/** Packets that are opened together: each takes a promise and a task of the runtime's. */
export const MAXIMUM_BATCH = 64;
/** Chunks of fewer bytes are left to the collector, and so is memory that has more in it than a chunk and what framed that. */
const LEAST_FREED = 16 * 1024;
const FRAMING = 512;

export class BatchOpener {
  readonly #cipher: BatchedPacketCipher;
  #packets: readonly Uint8Array[] = [];
  #spent: ArrayBuffer[] = [];
  #opened: readonly (Uint8Array | undefined)[] = [];
  #taken = 0;
  #length = 0;
  #pending: Promise<undefined> | undefined;

  constructor(cipher: BatchedPacketCipher) {
    this.#cipher = cipher;
  }

  /** Settles when the batch is open; undefined where none is being opened. */
  get pending(): Promise<undefined> | undefined {
    return this.#pending;
  }

  /** Bytes of the packets that have not been handed out. */
  get length(): number {
    return this.#length;
  }

  /** Takes a chunk of which nothing is needed but packets, and those no longer than until the batch is handed out: then it is freed. */
  spend({ buffer, length }: Uint8Array): void {
    // Security: short ones are not gathered; a packet may come in as many as it has bytes.
    if (this.#cipher.release === undefined || length < LEAST_FREED || buffer.byteLength - length > FRAMING) return;
    this.#spent.push(buffer as ArrayBuffer);
  }

  /** Opens framed packets; those before must have been handed out. */
  begin(packets: readonly Uint8Array[]): void {
    this.#packets = packets;
    this.#length = packets.reduce((sum, packet) => sum + packet.length, 0);
    const opening = packets.map((packet) => this.#cipher.open(this.#cipher.nextNonce(), packet));
    this.#pending = Promise.all(opening).then((opened): undefined => {
      this.#opened = opened;
      this.#taken = 0;
      this.#pending = undefined;
    });
  }

  /** What is in the next packet, `padding_length ‖ payload ‖ padding`; undefined where there is none yet. @throws MacError in the place of one that does not authenticate, again and again. */
  next(): Uint8Array | undefined {
    if (this.#pending !== undefined || this.#length === 0) return undefined;
    // Security: nothing behind a forged packet is ever handed out.
    const opened = this.#opened[this.#taken];
    if (opened === undefined) throw new MacError();
    this.#length -= this.#packets[this.#taken]!.length;
    this.#taken += 1;
    if (this.#length === 0) {
      this.#packets = this.#opened = [];
      for (const memory of this.#spent) this.#cipher.release?.(memory);
      this.#spent = [];
    }
    return opened;
  }
}
