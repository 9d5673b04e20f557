/** RFC 4253 §6 where opening takes promises: packets framed out of one chunk are opened together and handed out in order. */
import type { BatchedPacketCipher } from '../algorithms/algorithm.js';
import { MacError } from '../errors.js';

/** Packets that are opened together: each takes a promise and a task of the runtime's. */
export const MAXIMUM_BATCH = 64;

export class BatchOpener {
  readonly #cipher: BatchedPacketCipher;
  #packets: readonly Uint8Array[] = [];
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
    if (this.#length === 0) this.#packets = this.#opened = [];
    return opened;
  }
}
