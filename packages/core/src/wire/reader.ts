/** RFC 4251 §5: reading the data types of the SSH wire format. */
import { ProtocolError } from '../errors.js';
import { readUint32 } from './uint32.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Longest algorithm name and most names in a list that are accepted; RFC 4251 §6 sets 64 for the former. */
const MAXIMUM_NAME_LENGTH = 64;
const MAXIMUM_NAMES = 64;
/** US-ASCII, printable, no comma: RFC 4251 §5 and §6. */
const NAME = /^[\x21-\x2b\x2d-\x7e]+$/;

/** Reads consecutive values from `bytes`, which it neither copies nor changes. Every method throws ProtocolError if bytes are missing. */
export class Reader {
  readonly bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  byte(): number {
    const value = this.bytes[this.offset];
    if (value === undefined) throw new ProtocolError('truncated: expected a byte');
    this.offset += 1;
    return value;
  }

  /** RFC 4251 §5: every non-zero value is true. */
  boolean(): boolean {
    return this.byte() !== 0;
  }

  uint32(): number {
    const { bytes, offset } = this;
    if (bytes.length - offset < 4) throw new ProtocolError('truncated: expected a uint32');
    this.offset = offset + 4;
    return readUint32(bytes, offset);
  }

  /** A view of the next `length` bytes. */
  fixed(length: number): Uint8Array {
    if (this.remaining < length) throw new ProtocolError(`truncated: expected ${length} bytes, got ${this.remaining}`);
    const start = this.offset;
    this.offset = start + length;
    return this.bytes.subarray(start, this.offset);
  }

  /** A `string` of bytes, as a view. */
  string(): Uint8Array {
    return this.fixed(this.uint32());
  }

  /** A `string` that is UTF-8 text. @throws ProtocolError if it is not UTF-8. */
  text(): string {
    try {
      return utf8.decode(this.string());
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      throw new ProtocolError('a text field is not UTF-8');
    }
  }

  /** Interop: a trailing comma is ignored, as in OpenSSH: libssh 0.10 ends its cipher list with one. */
  nameList(): string[] {
    const text = this.text();
    if (text === '') return [];
    const names = (text.endsWith(',') ? text.slice(0, -1) : text).split(',');
    if (names.length > MAXIMUM_NAMES)
      throw new ProtocolError(`a name-list has ${names.length} names, at most ${MAXIMUM_NAMES} are read`);
    for (const name of names) {
      if (name.length > MAXIMUM_NAME_LENGTH || !NAME.test(name))
        throw new ProtocolError('a name-list has an empty, overlong or non-ASCII name');
    }
    return names;
  }

  /** A view of all remaining bytes. */
  rest(): Uint8Array {
    return this.fixed(this.remaining);
  }

  /** @throws ProtocolError if anything is left. */
  end(): void {
    if (this.remaining !== 0) throw new ProtocolError(`${this.remaining} bytes after the last field`);
  }
}
