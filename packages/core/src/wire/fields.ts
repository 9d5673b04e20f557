/** RFC 4251 §5: the field types that messages are declared with. */
import { ProtocolError } from '../errors.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

const loose = new TextDecoder('utf-8', { ignoreBOM: true });

/** One data type: how it is read and written. */
export interface Field<T> {
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
}

/** A message's or record's fields in wire order. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The plain object that `F` describes. */
export type Values<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export const byte: Field<number> = { read: (r) => r.byte(), write: (w, v) => w.byte(v) };
export const boolean: Field<boolean> = { read: (r) => r.boolean(), write: (w, v) => w.boolean(v) };
export const uint32: Field<number> = { read: (r) => r.uint32(), write: (w, v) => w.uint32(v) };
export const uint64: Field<bigint> = {
  read: (r) => (BigInt(r.uint32()) << 32n) | BigInt(r.uint32()),
  write: (w, v) => {
    w.uint32(Number(v >> 32n));
    w.uint32(Number(v & 0xffff_ffffn));
  },
};
/** Length-prefixed bytes; read as a view. */
export const string: Field<Uint8Array> = { read: (r) => r.string(), write: (w, v) => w.string(v) };
/** A `string` of UTF-8. */
export const text: Field<string> = { read: (r) => r.text(), write: (w, v) => w.text(v) };
/** A `string` that should be UTF-8 but is arbitrary user text: invalid sequences become U+FFFD. */
export const looseText: Field<string> = {
  read: (r) => loose.decode(r.string()),
  write: (w, v) => w.text(v),
};
export const nameList: Field<readonly string[]> = { read: (r) => r.nameList(), write: (w, v) => w.nameList(v) };
/** All remaining bytes, for fields that depend on a name read earlier; a view. */
export const rest: Field<Uint8Array> = { read: (r) => r.rest(), write: (w, v) => w.fixed(v) };

/** A non-negative integer as big-endian bytes without leading zeros. @throws ProtocolError if negative or not minimal. */
export const mpint: Field<Uint8Array> = {
  read: (r) => {
    const value = r.string();
    const first = value[0];
    if (first === undefined) return value;
    if (first >= 0x80) throw new ProtocolError('an mpint is negative');
    if (first !== 0) return value;
    if ((value[1] ?? 0) < 0x80) throw new ProtocolError('an mpint has a leading zero it does not need');
    return value.subarray(1);
  },
  write: (w, v) => w.mpint(v),
};

/** Exactly `length` bytes without a length prefix; read as a view. */
export function fixed(length: number): Field<Uint8Array> {
  return {
    read: (r) => r.fixed(length),
    write: (w, v) => {
      if (v.length !== length) throw new RangeError(`expected ${length} bytes, got ${v.length}`);
      w.fixed(v);
    },
  };
}

/** A uint32 count, then that many values. @throws ProtocolError if the count exceeds `most`, before anything is allocated. */
export function list<T>(item: Field<T>, most: number): Field<readonly T[]> {
  return {
    read: (r) => {
      const count = r.uint32();
      if (count > most) throw new ProtocolError(`a list has ${count} entries, at most ${most} are read`);
      const items: T[] = [];
      for (let index = 0; index < count; index += 1) items.push(item.read(r));
      return items;
    },
    write: (w, v) => {
      w.uint32(v.length);
      for (const value of v) item.write(w, value);
    },
  };
}

/** A boolean, then the value if it is true. */
export function optional<T>(item: Field<T>): Field<T | undefined> {
  return {
    read: (r) => (r.boolean() ? item.read(r) : undefined),
    write: (w, v) => {
      w.boolean(v !== undefined);
      if (v !== undefined) item.write(w, v);
    },
  };
}
