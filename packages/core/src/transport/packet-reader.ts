/** RFC 4253 §6: the binary packet protocol, incoming. */
import type { BatchedPacketCipher, PacketCipher } from '../algorithms/algorithm.js';
import { MacError, ProtocolError, type SshError } from '../errors.js';
import { concatenate } from '../wire/concatenate.js';
import { BatchOpener, MAXIMUM_BATCH } from './batch-opener.js';

/** `packet_length` of the largest packet taken before and after authentication, in bytes (RFC 4253 §6.1 requires 35000). */
export const MAXIMUM_PACKET_BEFORE_AUTHENTICATION = 35_000;
export const MAXIMUM_PACKET = 256 * 1024;
/** padding_length and the minimum padding. */
const LEAST_LENGTH = 1 + 4;
const LEAST_BLOCK = 8;
/** A packet's buffer is allocated in full once this part of it has arrived: one in four. */
const PROMISED = 4;
/** Extra memory allocated for input that waits before authentication, in bytes. */
const LEAST_GROWTH = 4096;
const EMPTY = new Uint8Array(0);

/**
 * Frames and opens packets. A packet that lies completely in one chunk is opened there; one that is cut by the end of a
 * chunk is assembled in a buffer, which grows with what has arrived: a length field alone is not trusted.
 */
export class PacketReader {
  sequenceNumber = 0;
  maximumPacketLength: number = MAXIMUM_PACKET_BEFORE_AUTHENTICATION;
  #cipher: PacketCipher | BatchedPacketCipher;
  #opener: BatchOpener | undefined;
  #encrypted = false;
  #chunk: Uint8Array = EMPTY;
  #offset = 0;
  /** Our own memory right after `#chunk`. */
  #spare: Uint8Array = EMPTY;
  /** The start of an incomplete packet, `#heldLength` bytes. */
  #held: Uint8Array = EMPTY;
  #heldLength = 0;
  /** `packet_length` of the current packet once it is known; its head may then be decrypted already. */
  #packetLength: number | undefined;
  /** A fault that must not show before `left` more bytes are read, of the `length` left when it was found. */
  #concealed: { readonly error: unknown; readonly length: number; left: number } | undefined;

  constructor(cipher: PacketCipher) {
    this.#cipher = cipher;
  }

  /** Applies from the next packet on, of which nothing may have been read. */
  setCipher(cipher: PacketCipher | BatchedPacketCipher, restartSequence: boolean): void {
    // Security: input after NEWKEYS that was opened with the old keys was not sent by an honest peer.
    if (this.isAhead) throw new MacError();
    // Earlier payloads may be views of the chunk, which a batched cipher frees.
    this.#chunk = this.#chunk.slice(this.#offset);
    this.#offset = 0;
    this.#spare = EMPTY;
    this.#cipher = cipher;
    this.#opener = 'isBatched' in cipher ? new BatchOpener(cipher) : undefined;
    this.#encrypted = true;
    if (restartSequence) this.sequenceNumber = 0;
  }

  get cipher(): PacketCipher | BatchedPacketCipher {
    return this.#cipher;
  }

  /** Passes in a chunk, which belongs to the reader from now on: packets are opened in place. */
  push(chunk: Uint8Array): void {
    if (this.#offset < this.#chunk.length) {
      this.#append(chunk);
      return;
    }
    this.#chunk = chunk;
    this.#offset = 0;
    this.#spare = EMPTY;
  }

  /**
   * Appends a chunk to what is left of the last, in memory that grows by doubling: while reading waits there may be
   * many. Security: before authentication it grows by little more than needed.
   */
  #append(chunk: Uint8Array): void {
    const left = this.#chunk.subarray(this.#offset);
    if (this.#spare.length < chunk.length) {
      const needed = left.length + chunk.length;
      const memory = new Uint8Array(needed + (this.maximumPacketLength < MAXIMUM_PACKET ? LEAST_GROWTH : needed));
      memory.set(left);
      this.#chunk = memory.subarray(0, left.length);
      this.#spare = memory.subarray(left.length);
      this.#offset = 0;
    }
    this.#spare.set(chunk);
    this.#spare = this.#spare.subarray(chunk.length);
    const { buffer, byteOffset, length } = this.#chunk;
    this.#chunk = new Uint8Array(buffer, byteOffset, length + chunk.length);
  }

  /** Bytes that have arrived and are not read yet. */
  get waiting(): number {
    return (this.#opener?.length ?? 0) + this.#heldLength + this.#chunk.length - this.#offset;
  }

  /** Settles when `next` has something again; undefined if only more bytes can bring it. */
  get opening(): Promise<undefined> | undefined {
    return this.#opener?.pending;
  }

  /** True while packets are framed but not returned, or a failed one is concealed. */
  get isAhead(): boolean {
    return this.#concealed !== undefined || (this.#opener?.length ?? 0) > 0;
  }

  /**
   * The next payload, as a view into memory to which nobody writes any more; undefined until more bytes arrive, or
   * until `opening` settles. With `isAlone` nothing after the next packet is framed, because it may change how that is
   * read.
   */
  next(isAlone = false): Uint8Array | undefined {
    const cipher = this.#cipher;
    if ('isBatched' in cipher) return this.#nextOfBatch(isAlone ? 1 : MAXIMUM_BATCH);
    return cipher.concealFault === undefined ? this.#next(cipher) : this.#nextConcealed(cipher, cipher.concealFault);
  }

  #next(cipher: PacketCipher): Uint8Array | undefined {
    const packet = this.#framePacket();
    if (packet === undefined) return undefined;
    const plain = cipher.open(this.sequenceNumber, packet);
    // If the plain text has memory of its own, the packet's buffer is reused for the next packet that is cut.
    if (plain.buffer !== packet.buffer && packet.buffer !== this.#chunk.buffer)
      this.#held = new Uint8Array(packet.buffer);
    return this.#payload(plain);
  }

  #nextOfBatch(most: number): Uint8Array | undefined {
    const opener = this.#opener!;
    const plain = opener.next();
    if (plain !== undefined) return this.#payload(plain);
    if (opener.pending === undefined) {
      const packets = this.#frameBatch(most);
      if (packets.length > 0) opener.begin(packets, this.sequenceNumber);
    }
    return undefined;
  }

  /** `plain` is `padding_length ‖ payload ‖ padding`. */
  #payload(plain: Uint8Array): Uint8Array {
    this.sequenceNumber = (this.sequenceNumber + 1) >>> 0;
    const paddingLength = plain[0]!;
    if (paddingLength < 4 || paddingLength >= plain.length - 1) {
      throw this.#fault('padding_length does not fit packet_length');
    }
    return plain.subarray(1, plain.length - paddingLength);
  }

  /** What a snapshot keeps: the current packet and all bytes after it. */
  state(): { readonly waiting: Uint8Array; readonly packetLength: number | undefined } {
    const waiting = concatenate([this.#held.subarray(0, this.#heldLength), this.#chunk.subarray(this.#offset)]);
    return { waiting, packetLength: this.#packetLength };
  }

  restore(state: { readonly waiting: Uint8Array; readonly packetLength: number | undefined }): void {
    this.#chunk = state.waiting;
    this.#offset = 0;
    this.#packetLength = state.packetLength;
  }

  /** As `#next`, but a fault shows only once as much has been read as the longest packet has. */
  #nextConcealed(cipher: PacketCipher, concealFault: (length: number) => void): Uint8Array | undefined {
    const before = this.waiting;
    try {
      if (this.#concealed === undefined) return this.#next(cipher);
    } catch (error) {
      const length = MAXIMUM_PACKET - (before - this.waiting);
      this.#concealed = { error, length, left: length };
    }
    const { error, length } = this.#concealed;
    this.#concealed.left -= this.waiting;
    this.#offset = this.#chunk.length;
    this.#held = EMPTY;
    this.#heldLength = 0;
    if (this.#concealed.left > 0) return undefined;
    concealFault(length);
    throw error;
  }

  /** Frames up to `most` packets of what has arrived. A fault waits until those before it are returned: framing then finds it again. */
  #frameBatch(most: number): readonly Uint8Array[] {
    const packets: Uint8Array[] = [];
    try {
      while (packets.length < most) {
        const packet = this.#framePacket();
        if (packet === undefined) break;
        packets.push(packet);
      }
    } catch (error) {
      if (packets.length === 0) throw error;
    }
    return packets;
  }

  #framePacket(): Uint8Array | undefined {
    const packet = this.#heldLength > 0 ? this.#complete() : this.#frame();
    if (packet !== undefined) this.#packetLength = undefined;
    return packet;
  }

  /** Frames a packet in the chunk itself, or sets its start aside. */
  #frame(): Uint8Array | undefined {
    const available = this.#chunk.length - this.#offset;
    if (available === 0) {
      this.#letGo();
      return undefined;
    }
    const { headLength } = this.#cipher;
    if (this.#packetLength === undefined && available >= headLength) {
      this.#readLength(this.#chunk.subarray(this.#offset, this.#offset + headLength));
    }
    if (this.#packetLength !== undefined && available >= this.#total(this.#packetLength)) {
      const start = this.#offset;
      this.#offset += this.#total(this.#packetLength);
      return this.#chunk.subarray(start, this.#offset);
    }
    this.#hold(available);
    return undefined;
  }

  /** Continues with the packet that was set aside. */
  #complete(): Uint8Array | undefined {
    if (this.#packetLength === undefined) {
      if (!this.#fill(this.#cipher.headLength)) return undefined;
      this.#readLength(this.#held.subarray(0, this.#cipher.headLength));
    }
    const total = this.#total(this.#packetLength!);
    if (!this.#fill(total)) return undefined;
    this.#heldLength = 0;
    const packet = this.#held.subarray(0, total);
    // The packet takes its memory with it: whoever gets its data may keep that.
    this.#opener?.spend(this.#held);
    this.#held = EMPTY;
    return packet;
  }

  /** Moves bytes into the buffer until it has `length` of them; false if they have not arrived. */
  #fill(length: number): boolean {
    const missing = length - this.#heldLength;
    if (missing > 0) this.#hold(Math.min(missing, this.#chunk.length - this.#offset));
    return this.#heldLength >= length;
  }

  #hold(length: number): void {
    if (length === 0) return;
    const needed = this.#heldLength + length;
    if (needed > this.#held.length) {
      const promised = this.#packetLength === undefined ? 0 : this.#total(this.#packetLength);
      const grown = new Uint8Array(Math.max(needed, Math.min(promised, needed * PROMISED)));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(this.#chunk.subarray(this.#offset, this.#offset + length), this.#heldLength);
    this.#heldLength = needed;
    this.#offset += length;
    if (this.#offset === this.#chunk.length) this.#letGo();
  }

  /** Releases a chunk that is used up, and the buffer of a packet that is no longer cut: an idle connection owns next to nothing. */
  #letGo(): void {
    if (this.#heldLength === 0) this.#held = EMPTY;
    this.#opener?.spend(this.#chunk);
    this.#chunk = EMPTY;
    this.#offset = 0;
    this.#spare = EMPTY;
  }

  #readLength(head: Uint8Array): void {
    const length = this.#cipher.openLength(this.sequenceNumber, head);
    const { blockLength, lengthIsApart } = this.#cipher;
    const aligned = (length + (lengthIsApart ? 0 : 4)) % Math.max(LEAST_BLOCK, blockLength) === 0;
    if (length < LEAST_LENGTH || length > this.maximumPacketLength || !aligned) {
      throw this.#fault(
        `packet_length ${length} is not acceptable: at most ${this.maximumPacketLength}, in whole blocks`,
      );
    }
    this.#packetLength = length;
  }

  #total(packetLength: number): number {
    return 4 + packetLength + this.#cipher.tagLength;
  }

  /** Security: once keys are in use, every fault looks the same. */
  #fault(message: string): SshError {
    return this.#encrypted ? new MacError() : new ProtocolError(message);
  }
}
