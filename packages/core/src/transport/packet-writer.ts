/** RFC 4253 §6: the binary packet protocol, outgoing. */
import type { BatchedPacketCipher, PacketCipher } from '../algorithms/algorithm.js';
import { BatchSealer } from './batch-sealer.js';
import type { RandomPool } from './random-pool.js';
import { writeUint32 } from '../wire/uint32.js';
import { Writer } from '../wire/writer.js';

const LEAST_PADDING = 4;
const LEAST_BLOCK = 8;
/** RFC 4253 §6: a packet has at least 16 bytes without its tag. */
const LEAST_PACKET = 16;
/** What `begin` reserves in addition to the payload, a block and the tag: the two lengths and the least padding. */
const FRAME = 5 + LEAST_PADDING;
/** What a chunk may need in addition to its packets: `begin` reserves up to a block more than a packet takes. */
const SLACK = 256;

/** Smaller chunks are not reused: a connection with little traffic should own little memory. */
const LEAST_REUSED = 16 * 1024;

const EMPTY = new Uint8Array(0);

/** Bytes on their way to the stream, as seen by whoever writes them. */
export interface OutgoingBytes {
  /** Everything that was framed and not taken, in bytes. */
  readonly length: number;
  /** What `take` returns: everything except packets that wait for `seal`. */
  readonly readyLength: number;
  /** Starts to seal what is framed, if that takes promises and the sealed bytes have been taken. @returns when it is done. */
  seal(): Promise<void> | undefined;
  /** Returns what is sealed, in memory of its own. */
  take(): Uint8Array;
  /** Takes back memory that `take` returned, once nobody reads it, for later chunks: a steady flow makes no garbage. */
  reuse(chunk: Uint8Array): void;
}

/** Frames and seals packets one after another into one outgoing chunk. */
export class PacketWriter implements OutgoingBytes {
  sequenceNumber = 0;
  #cipher: PacketCipher | BatchedPacketCipher;
  /** Seals whole chunks, from the first keys of a batched cipher on. */
  #sealer: BatchSealer | undefined;
  readonly #padding: RandomPool;
  readonly #writer = new Writer(0);
  /** Memory that came back while the current chunk had its own: with batched ciphers there are two. */
  #spare: Uint8Array | undefined;
  /** Size of recent chunks, in bytes: in a steady flow the next is as long, and need not grow to it by doubling. */
  #expected = 0;
  /** Where the current packet starts. */
  #start = 0;

  constructor(cipher: PacketCipher, padding: RandomPool) {
    this.#cipher = cipher;
    this.#padding = padding;
  }

  /** Applies from the next packet on. */
  setCipher(cipher: PacketCipher | BatchedPacketCipher, restartSequence: boolean): void {
    this.#cipher = cipher;
    if ('isBatched' in cipher) this.#sealer ??= new BatchSealer();
    if (restartSequence) this.sequenceNumber = 0;
  }

  get cipher(): PacketCipher | BatchedPacketCipher {
    return this.#cipher;
  }

  get length(): number {
    return this.#start + (this.#sealer?.length ?? 0);
  }

  get readyLength(): number {
    return this.#sealer === undefined ? this.#start : this.#sealer.readyLength;
  }

  /** True while packets are not sealed yet. */
  get isSealing(): boolean {
    return this.#sealer?.isPending === true;
  }

  /** Appends bytes outside of packets: the identification string. */
  raw(bytes: Uint8Array): void {
    this.#writer.offset = this.#start;
    this.#writer.fixed(bytes);
    this.#start = this.#writer.offset;
  }

  /** Begins a packet: write its payload to the result, then call `finish`. The remains of a failed encode are dropped. */
  begin(capacity: number): Writer {
    const writer = this.#writer;
    writer.offset = this.#start;
    const { blockLength, tagLength } = this.#cipher;
    const needed = capacity + FRAME + Math.max(LEAST_BLOCK, blockLength) + tagLength;
    const isLarge = needed >= LEAST_REUSED;
    if (this.#start > 0 || (isLarge && writer.bytes.length >= needed)) writer.reserve(needed);
    else writer.bytes = new Uint8Array(isLarge ? Math.max(needed, this.#expected) : needed);
    writer.offset += 5;
    return writer;
  }

  /** Pads and seals the packet in place. @returns its length in bytes. */
  finish(): number {
    const { blockLength, lengthIsApart, tagLength } = this.#cipher;
    const writer = this.#writer;
    const block = Math.max(LEAST_BLOCK, blockLength);
    const unpadded = writer.offset - this.#start - (lengthIsApart ? 4 : 0);
    let padding = block - (unpadded % block);
    if (padding < LEAST_PADDING) padding += block;
    while (writer.offset - this.#start + padding < LEAST_PACKET) padding += block;
    writer.reserve(padding + tagLength);
    this.#padding.fill(writer.bytes, writer.offset, writer.offset + padding);
    writer.offset += padding;
    writeUint32(writer.bytes, this.#start, writer.offset - this.#start - 4);
    writer.bytes[this.#start + 4] = padding;
    writer.offset += tagLength;
    const length = writer.offset - this.#start;
    const cipher = this.#cipher;
    if ('isBatched' in cipher) this.#sealer!.add(cipher, this.sequenceNumber, this.#start, writer.offset);
    else cipher.seal(this.sequenceNumber, writer.bytes.subarray(this.#start, writer.offset));
    this.sequenceNumber = (this.sequenceNumber + 1) >>> 0;
    this.#start = writer.offset;
    return length;
  }

  seal(): Promise<void> | undefined {
    if (this.#sealer === undefined || this.#sealer.length > 0 || this.#start === 0) return undefined;
    return this.#sealer.seal(this.#takeChunk());
  }

  take(): Uint8Array {
    return this.#sealer === undefined ? this.#takeChunk() : this.#sealer.take();
  }

  /** What a snapshot keeps: everything not taken; nothing may be unsealed. */
  state(): Uint8Array {
    const writer = new Writer(this.length);
    if (this.#sealer !== undefined) writer.fixed(this.#sealer.take());
    writer.fixed(this.#takeChunk());
    return writer.bytes;
  }

  #takeChunk(): Uint8Array {
    const sealed = this.#writer.bytes.subarray(0, this.#start);
    this.#writer.bytes = this.#spare ?? EMPTY;
    this.#spare = undefined;
    this.#expected = Math.max(this.#start + SLACK, this.#expected >> 1);
    this.#start = 0;
    return sealed;
  }

  reuse(chunk: Uint8Array): void {
    if (chunk.length < LEAST_REUSED) return;
    const memory = new Uint8Array(chunk.buffer);
    if (this.#start === 0 && this.#writer.bytes.length === 0) this.#writer.bytes = memory;
    else this.#spare = memory;
  }
}
