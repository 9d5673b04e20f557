/** RFC 4253 §6 for ciphers that open with promises: the packets of a chunk are opened together and returned in order. */
import type { BatchedPacketCipher } from '../algorithms/algorithm.js';
import { MacError } from '../errors.js';

/** Packets that are opened together: each takes a promise and a task of the runtime. */
export const MAXIMUM_BATCH = 64;
/** Smaller chunks are left to the garbage collector, as is memory that contains more than a chunk and its framing. */
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

  /** Settles when the batch is open; undefined if none is being opened. */
  get pending(): Promise<undefined> | undefined {
    return this.#pending;
  }

  /** Bytes of the packets that have not been returned. */
  get length(): number {
    return this.#length;
  }

  /** Takes a chunk that is needed only for its packets, until the batch has been returned; then it is freed. */
  spend({ buffer, length }: Uint8Array): void {
    // Security: small ones are not collected here; a packet may arrive in as many as it has bytes.
    if (this.#cipher.release === undefined || length < LEAST_FREED || buffer.byteLength - length > FRAMING) return;
    this.#spent.push(buffer as ArrayBuffer);
  }

  /** Opens framed packets, the first of which has `sequenceNumber`; earlier ones must have been returned. */
  begin(packets: readonly Uint8Array[], sequenceNumber: number): void {
    this.#packets = packets;
    this.#length = packets.reduce((sum, packet) => sum + packet.length, 0);
    const opening = packets.map((packet, index) => this.#cipher.open((sequenceNumber + index) >>> 0, packet));
    this.#pending = Promise.all(opening).then((opened): undefined => {
      this.#opened = opened;
      this.#taken = 0;
      this.#pending = undefined;
    });
  }

  /**
   * The content of the next packet, `padding_length ‖ payload ‖ padding`; undefined if there is none yet. @throws
   * MacError in place of one that does not authenticate, on every call.
   */
  next(): Uint8Array | undefined {
    if (this.#pending !== undefined || this.#length === 0) return undefined;
    // Security: nothing after a forged packet is ever returned.
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
