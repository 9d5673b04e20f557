/** Plain data as bytes, for application state in a snapshot: primitives, Uint8Array, Date, arrays, maps, sets and plain objects. */
import { ProtocolError } from '../errors.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

/** Values nested deeper than this are refused: a cycle would nest without end. */
const MAXIMUM_DEPTH = 64;

/** One row per kind of value; the row's index is the tag on the wire. */
interface Kind {
  readonly is: (value: unknown) => boolean;
  readonly write: (writer: Writer, value: never, depth: number) => void;
  readonly read: (reader: Reader, depth: number) => unknown;
}

function kind<T>(
  is: (value: unknown) => value is T,
  write: (writer: Writer, value: T, depth: number) => void,
  read: (reader: Reader, depth: number) => T,
): Kind {
  return { is, write, read };
}

const isPlainObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

function readMany<T>(reader: Reader, one: () => T): T[] {
  const count = reader.uint32();
  if (count > reader.remaining) throw new ProtocolError('a structured value claims more entries than bytes');
  return Array.from({ length: count }, one);
}

const KINDS: readonly Kind[] = [
  kind(
    (v) => v === undefined,
    () => undefined,
    () => undefined,
  ),
  kind(
    (v) => v === null,
    () => undefined,
    () => null,
  ),
  kind(
    (v) => typeof v === 'boolean',
    (w, v) => w.boolean(v),
    (r) => r.boolean(),
  ),
  kind(
    (v) => typeof v === 'number',
    (w, v) => w.text(Object.is(v, -0) ? '-0' : String(v)),
    (r) => Number(r.text()),
  ),
  kind(
    (v) => typeof v === 'bigint',
    (w, v) => w.text(String(v)),
    (r) => BigInt(r.text()),
  ),
  kind(
    (v) => typeof v === 'string',
    (w, v) => w.text(v),
    (r) => r.text(),
  ),
  kind(
    (v) => v instanceof Uint8Array,
    (w, v) => w.string(v),
    (r) => r.string().slice(),
  ),
  kind(
    (v) => v instanceof Date,
    (w, v) => w.text(String(v.getTime())),
    (r) => new Date(Number(r.text())),
  ),
  kind(
    (v) => Array.isArray(v),
    (w, v: unknown[], depth) => {
      w.uint32(v.length);
      for (const item of v) write(w, item, depth + 1);
    },
    (r, depth) => readMany(r, () => read(r, depth + 1)),
  ),
  kind(
    (v) => v instanceof Map,
    (w, v: Map<unknown, unknown>, depth) => {
      w.uint32(v.size);
      for (const entry of v) write(w, entry, depth + 1);
    },
    (r, depth) => new Map(readMany(r, () => read(r, depth + 1) as [unknown, unknown])),
  ),
  kind(
    (v) => v instanceof Set,
    (w, v: Set<unknown>, depth) => write(w, [...v], depth + 1),
    (r, depth) => new Set(read(r, depth + 1) as unknown[]),
  ),
  kind(
    isPlainObject,
    (w, v, depth) => write(w, Object.entries(v), depth + 1),
    (r, depth) => Object.fromEntries(read(r, depth + 1) as [string, unknown][]),
  ),
];

function write(writer: Writer, value: unknown, depth: number): void {
  const tag = depth > MAXIMUM_DEPTH ? -1 : KINDS.findIndex((row) => row.is(value));
  const row = KINDS[tag];
  if (row === undefined) throw new TypeError(`${describe(value)} cannot be part of a snapshot`);
  writer.byte(tag);
  row.write(writer, value as never, depth);
}

function read(reader: Reader, depth: number): unknown {
  const row = depth > MAXIMUM_DEPTH ? undefined : KINDS[reader.byte()];
  if (row === undefined) throw new ProtocolError('no kind of structured value');
  return row.read(reader, depth);
}

function describe(value: unknown): string {
  return typeof value === 'object'
    ? `a value of class ${value?.constructor?.name ?? 'unknown'}, or nested too deep,`
    : `a ${typeof value}`;
}

/** @throws TypeError if `value` contains anything but plain data. */
export function encodeStructured(value: unknown): Uint8Array {
  const writer = new Writer(64);
  write(writer, value, 0);
  return writer.written();
}

/** @throws ProtocolError if `bytes` is not such a value. */
export function decodeStructured(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  try {
    const value = read(reader, 0);
    reader.end();
    return value;
  } catch (error) {
    // The platform rejects malformed values, such as a set that is not built from a list, or a bigint of letters.
    throw error instanceof ProtocolError ? error : new ProtocolError('not a structured value');
  }
}
