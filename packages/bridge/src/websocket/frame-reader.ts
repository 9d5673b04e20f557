/** RFC 6455 §5: parses frames as their bytes arrive, in chunks of any size; payloads are unmasked in place. */
import { CLOSE } from './close-codes.js';
import {
  FIN,
  FrameError,
  LENGTH_16,
  LENGTH_64,
  MASKED,
  MASK_LENGTH,
  MAX_CONTROL_LENGTH,
  MAX_HEADER_LENGTH,
  OPCODE,
} from './frames.js';
import { applyMask } from './mask.js';

/** The most frames of one message, against floods of tiny ones. */
const MAX_FRAGMENTS = 1024;

export interface FrameSink {
  /** A piece of a message: a view of the chunk, which the receiver may keep. The last one may be empty. */
  piece(bytes: Buffer, isBinary: boolean, isLast: boolean): void;
  /** A whole Ping, Pong or Close. */
  control(opcode: number, payload: Buffer): void;
}

export interface FrameReaderOptions {
  /** Whether the peer must mask: clients must, servers must not (§5.1). */
  readonly masked: boolean;
  /** Largest message, in bytes. */
  readonly maxPayload: number;
}

export class FrameReader {
  readonly #sink: FrameSink;
  readonly #masked: boolean;
  readonly #maxPayload: number;
  /** The start of a header that is split across chunks. */
  #partial: Buffer | undefined;
  #opcode = 0;
  #fin = false;
  /** What is still to come of the current frame's payload, in bytes; 0 between frames. */
  #rest = 0;
  #phase = 0;
  readonly #key = new Uint8Array(MASK_LENGTH);
  /** The opcode of the current message's first frame; 0 between messages. */
  #message = 0;
  #messageLength = 0;
  #fragments = 0;
  #control: Buffer | undefined;
  #isClosed = false;

  constructor(sink: FrameSink, { masked, maxPayload }: FrameReaderOptions) {
    this.#sink = sink;
    this.#masked = masked;
    this.#maxPayload = maxPayload;
  }

  /**
   * Bytes after a Close frame are discarded.
   *
   * @throws FrameError
   */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length && !this.#isClosed) {
      if (this.#rest === 0) {
        const header = this.#completeHeader(chunk, offset);
        if (header === undefined) return;
        offset = header.end;
        this.#beginFrame(header.bytes, header.start);
        if (this.#rest === 0) this.#deliver(chunk.subarray(offset, offset));
        continue;
      }
      const end = Math.min(chunk.length, offset + this.#rest);
      const bytes = chunk.subarray(offset, end);
      if (this.#masked) applyMask(bytes, this.#key, this.#phase);
      this.#phase += bytes.length;
      this.#rest -= bytes.length;
      offset = end;
      this.#deliver(bytes);
    }
  }

  /** Where a complete header is, and where it ends in the chunk; undefined while it is incomplete. */
  #completeHeader(
    chunk: Buffer,
    offset: number,
  ): { readonly bytes: Buffer; readonly start: number; readonly end: number } | undefined {
    if (this.#partial === undefined) {
      const length = headerLength(chunk, offset);
      if (length <= chunk.length - offset) return { bytes: chunk, start: offset, end: offset + length };
      // A copy, so that a few bytes do not keep a whole chunk alive.
      this.#partial = Buffer.from(chunk.subarray(offset));
      this.#assertOpening(this.#partial, 0);
      return undefined;
    }
    const before = this.#partial.length;
    const joined = Buffer.concat([this.#partial, chunk.subarray(offset, offset + MAX_HEADER_LENGTH - before)]);
    const length = headerLength(joined, 0);
    if (length <= joined.length) {
      this.#partial = undefined;
      return { bytes: joined, start: 0, end: offset + length - before };
    }
    this.#partial = joined;
    this.#assertOpening(joined, 0);
    return undefined;
  }

  #beginFrame(bytes: Buffer, start: number): void {
    this.#assertOpening(bytes, start);
    const [first, second] = [bytes[start] as number, bytes[start + 1] as number];
    this.#opcode = first & 0x0f;
    this.#fin = (first & FIN) !== 0;
    const short = second & ~MASKED;
    let offset = start + 2;
    let length = short;
    if (short === LENGTH_16) {
      length = bytes.readUInt16BE(offset);
      offset += 2;
    } else if (short === LENGTH_64) {
      // Not exact above 2^53, which is far above any limit.
      length = bytes.readUInt32BE(offset) * 2 ** 32 + bytes.readUInt32BE(offset + 4);
      offset += 8;
    }
    if (this.#opcode < OPCODE.close) this.#countTowardsMessage(length);
    if (this.#masked)
      for (let index = 0; index < MASK_LENGTH; index++) this.#key[index] = bytes[offset + index] as number;
    this.#phase = 0;
    this.#rest = length;
  }

  /** Checks what the first two bytes of a header, or the only one that has come, already show. */
  #assertOpening(bytes: Buffer, start: number): void {
    const [first, second] = [bytes[start] as number, bytes[start + 1]];
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) throw new FrameError(CLOSE.protocolError, 'a reserved bit is set');
    if ((opcode > OPCODE.binary && opcode < OPCODE.close) || opcode > OPCODE.pong) {
      throw new FrameError(CLOSE.protocolError, `opcode ${opcode}`);
    }
    const isFirst = opcode === OPCODE.text || opcode === OPCODE.binary;
    if (isFirst && this.#message !== 0) throw new FrameError(CLOSE.protocolError, 'a message inside a message');
    if (opcode === OPCODE.continuation && this.#message === 0) {
      throw new FrameError(CLOSE.protocolError, 'a continuation of nothing');
    }
    if (opcode >= OPCODE.close && (first & FIN) === 0) {
      throw new FrameError(CLOSE.protocolError, 'a control frame in fragments');
    }
    if (second === undefined) return;
    if (((second & MASKED) !== 0) !== this.#masked) {
      throw new FrameError(CLOSE.protocolError, this.#masked ? 'a frame without a mask' : 'a masked frame');
    }
    if (opcode >= OPCODE.close && (second & ~MASKED) > MAX_CONTROL_LENGTH) {
      throw new FrameError(CLOSE.protocolError, 'a control frame over 125 bytes');
    }
  }

  #countTowardsMessage(length: number): void {
    if (this.#opcode !== OPCODE.continuation) {
      this.#message = this.#opcode;
      this.#messageLength = 0;
      this.#fragments = 0;
    }
    this.#messageLength += length;
    this.#fragments += 1;
    // Security: checked right after the header, before any of the payload is stored.
    if (this.#messageLength > this.#maxPayload) {
      throw new FrameError(CLOSE.messageTooBig, `a message over ${this.#maxPayload} bytes`);
    }
    if (this.#fragments > MAX_FRAGMENTS) {
      throw new FrameError(CLOSE.policyViolation, `a message of more than ${MAX_FRAGMENTS} fragments`);
    }
  }

  #deliver(bytes: Buffer): void {
    if (this.#opcode >= OPCODE.close) {
      this.#deliverControl(bytes);
      return;
    }
    const isBinary = this.#message === OPCODE.binary;
    const isLast = this.#fin && this.#rest === 0;
    if (isLast) this.#message = 0;
    if (bytes.length > 0 || isLast) this.#sink.piece(bytes, isBinary, isLast);
  }

  #deliverControl(bytes: Buffer): void {
    const payload = this.#control === undefined ? bytes : Buffer.concat([this.#control, bytes]);
    if (this.#rest > 0) {
      this.#control = payload;
      return;
    }
    this.#control = undefined;
    if (this.#opcode === OPCODE.close) this.#isClosed = true;
    this.#sink.control(this.#opcode, payload);
  }
}

/** The length of the header at `offset`, as far as the bytes received can tell. */
function headerLength(bytes: Buffer, offset: number): number {
  const second = bytes[offset + 1];
  if (second === undefined) return 2;
  const short = second & ~MASKED;
  const extended = short === LENGTH_64 ? 8 : short === LENGTH_16 ? 2 : 0;
  return 2 + extended + ((second & MASKED) === 0 ? 0 : MASK_LENGTH);
}
