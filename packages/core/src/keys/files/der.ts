/** X.690: DER, as far as private keys use it. Reads a fixed depth, each part once: no input makes this recurse. */
import { ProtocolError } from '../../errors.js';
import { concatenate } from '../../wire/concatenate.js';

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OBJECT_IDENTIFIER = 0x06;
export const SEQUENCE = 0x30;
/** The constructed, context-specific tag of a field marked [0], [1] and so on. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

/** A length has at most this many bytes, which means 16 MiB: inputs are much shorter. */
const LONGEST_LENGTH = 3;

/** Reads consecutive values from `bytes`. Every method throws ProtocolError if the next value is missing or another. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether the next value has this tag. */
  isNext(tag: number): boolean {
    return this.#bytes[this.#offset] === tag;
  }

  /** The content of the next value, a view. */
  read(tag: number): Uint8Array {
    if (!this.isNext(tag)) throw new ProtocolError('a value of another kind was expected');
    this.#offset += 1;
    const length = this.#length();
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw new ProtocolError('a value is cut short');
    this.#offset = start + length;
    return this.#bytes.subarray(start, this.#offset);
  }

  sequence(): DerReader {
    return new DerReader(this.read(SEQUENCE));
  }

  /** A non-negative integer as big-endian bytes without leading zeros. */
  magnitude(): Uint8Array {
    const bytes = this.read(INTEGER);
    const [first, second = 0x80] = bytes;
    if (first === undefined || first >= 0x80) throw new ProtocolError('an integer is negative or empty');
    if (first !== 0) return bytes;
    if (bytes.length > 1 && second < 0x80) throw new ProtocolError('an integer has a leading zero it does not need');
    return bytes.subarray(1);
  }

  /** An integer of up to 32 bits; a larger one reads as 2^32. */
  number(): number {
    const bytes = this.magnitude();
    return bytes.length > 4 ? 2 ** 32 : bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** An object identifier: its content in hexadecimal. */
  identifier(): string {
    return Array.from(this.read(OBJECT_IDENTIFIER), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** @throws ProtocolError if anything is left. */
  end(): void {
    if (this.#offset !== this.#bytes.length) throw new ProtocolError('it goes on behind its end');
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > LONGEST_LENGTH) throw new ProtocolError('a length is indefinite or too long');
    let length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new ProtocolError('a length is longer than it need be');
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw new ProtocolError('a value is cut short');
    this.#offset += 1;
    return byte;
  }
}

/** One value: its tag, the total length of its parts, and the parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatenate(parts);
  return concatenate([Uint8Array.of(tag, ...lengthOf(content.length)), content]);
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes = [length >> 16, length >> 8, length].map((value) => value & 0xff);
  const digits = bytes.slice(bytes.findIndex((byte) => byte !== 0));
  return [0x80 | digits.length, ...digits];
}

/** A non-negative integer given as big-endian bytes. */
export function derInteger(magnitude: Uint8Array): Uint8Array {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? new Uint8Array(0) : magnitude.subarray(start);
  return (digits[0] ?? 0x80) >= 0x80 ? der(INTEGER, Uint8Array.of(0), digits) : der(INTEGER, digits);
}

/** An object identifier from hexadecimal. */
export function derIdentifier(digits: string): Uint8Array {
  return der(
    OBJECT_IDENTIFIER,
    Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
  );
}
