/** Messages and records, each declared once as a row of fields; encoder, decoder and types come from the row. */
import type { Field, Fields, Values } from './fields.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

/** Fields without a message number: the tail of a message, a key blob, a part of a snapshot. Usable as a field itself. */
export interface Layout<F extends Fields> extends Field<Values<F>> {
  readonly fields: F;
  encode(values: Values<F>): Uint8Array;
  /** @throws ProtocolError if bytes are missing, left over or not of the declared type. */
  decode(bytes: Uint8Array): Values<F>;
}

/** RFC 4250 §4.1: a message, that is, a number and fields. */
export interface Message<F extends Fields = Fields> {
  readonly number: number;
  readonly fields: F;
  /** The payload, in memory of its own. */
  encode(values: Values<F>): Uint8Array;
  /** Appends the payload to `writer`. */
  write(writer: Writer, values: Values<F>): void;
  /** Byte strings in the result are views of `payload`. @throws ProtocolError if bytes are missing, left over or not of the declared type. */
  decode(payload: Uint8Array): Values<F>;
}

/** Scratch space: values are encoded here, then copied to memory of exactly their size. A login encodes dozens. */
let draft = new Writer();
/** A scratch buffer that grew beyond this is not kept, in bytes. */
const MAXIMUM_DRAFT = 64 * 1024;

/** An encoder from `write`, which must not call another encoder. */
function encoder<T>(write: (writer: Writer, values: T) => void): (values: T) => Uint8Array {
  return (values) => {
    draft.offset = 0;
    write(draft, values);
    const encoded = draft.bytes.slice(0, draft.offset);
    if (draft.bytes.length > MAXIMUM_DRAFT) draft = new Writer();
    return encoded;
  };
}

/** A decoder from `read`, for everything from `offset` on. */
function decoder<T>(read: (reader: Reader) => T, offset: number): (bytes: Uint8Array) => T {
  return (bytes) => {
    const reader = new Reader(bytes, offset);
    const values = read(reader);
    reader.end();
    return values;
  };
}

/** Declares a record; the order of `fields` is the wire order. */
export function record<const F extends Fields>(fields: F): Layout<F> {
  const rows = Object.entries(fields);
  const read = (reader: Reader): Values<F> => {
    const values: Record<string, unknown> = {};
    for (const [name, field] of rows) values[name] = field.read(reader);
    return values as Values<F>;
  };
  const write = (writer: Writer, values: Values<F>): void => {
    const named = values as Readonly<Record<string, unknown>>;
    for (const [name, field] of rows) field.write(writer, named[name]);
  };
  return { fields, read, write, encode: encoder(write), decode: decoder(read, 0) };
}

/** Declares a message. */
export function message<const F extends Fields>(number: number, fields: F): Message<F> {
  const body = record(fields);
  const write = (writer: Writer, values: Values<F>): void => {
    writer.byte(number);
    body.write(writer, values);
  };
  return { number, fields, write, encode: encoder(write), decode: decoder((reader) => body.read(reader), 1) };
}
