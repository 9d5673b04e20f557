/** RFC 4251 §5: writing the data types of the SSH wire format. */

import { writeUint32 } from './uint32.js';

const utf8 = new TextEncoder();
const MAXIMUM_UINT32 = 0xffff_ffff;
const EMPTY = new Uint8Array(0);

/** Appends values to a buffer that grows by doubling. `written()` is a view of it, valid until the next write. */
export class Writer {
  bytes: Uint8Array;
  offset: number;

  constructor(capacity = 256) {
    this.bytes = capacity === 0 ? EMPTY : new Uint8Array(capacity);
    this.offset = 0;
  }

  /** Makes room for `length` more bytes. */
  reserve(length: number): void {
    const needed = this.offset + length;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.offset));
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.offset++] = value;
  }

  boolean(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  /** @throws RangeError if `value` is not an integer from 0 to 2^32-1. */
  uint32(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > MAXIMUM_UINT32)
      throw new RangeError(`${value} is not a uint32`);
    this.reserve(4);
    writeUint32(this.bytes, this.offset, value);
    this.offset += 4;
  }

  fixed(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.offset);
    this.offset += value.length;
  }

  string(value: Uint8Array): void {
    this.uint32(value.length);
    this.fixed(value);
  }

  text(value: string): void {
    // A UTF-16 unit takes at most three bytes.
    this.reserve(4 + 3 * value.length);
    const { written } = utf8.encodeInto(value, this.bytes.subarray(this.offset + 4));
    this.uint32(written);
    this.offset += written;
  }

  nameList(names: readonly string[]): void {
    this.text(names.join(','));
  }

  /** A non-negative integer from big-endian bytes: leading zeros go, and one is added if the sign bit would be set. */
  mpint(magnitude: Uint8Array): void {
    let start = 0;
    while (start < magnitude.length && magnitude[start] === 0) start += 1;
    const digits = magnitude.subarray(start);
    const signed = (digits[0] ?? 0) >= 0x80;
    this.uint32(digits.length + (signed ? 1 : 0));
    if (signed) this.byte(0);
    this.fixed(digits);
  }

  /** A view of what has been written. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.offset);
  }
}
