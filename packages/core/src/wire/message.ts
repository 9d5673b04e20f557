/** Messages and records, each declared once as a row of fields; encoder, decoder and types come from the row. */
import type { Field, Fields, Values } from './fields.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

/** Fields without a message number: the tail of a message, a key blob, a part of a snapshot. Usable as a field itself. */
export interface Layout<F extends Fields> extends Field<Values<F>> {
  readonly fields: F;
  encode(values: Values<F>): Uint8Array;
  /** @throws ProtocolError where bytes are missing, left over or not of the declared type. */
  decode(bytes: Uint8Array): Values<F>;
}

/** RFC 4250 §4.1: a message, that is a number and fields. */
export interface Message<F extends Fields = Fields> {
  readonly number: number;
  readonly fields: F;
  /** The payload, in memory of its own. */
  encode(values: Values<F>): Uint8Array;
  /** Appends the payload to `writer`. */
  write(writer: Writer, values: Values<F>): void;
  /** Byte strings in the result are views of `payload`. @throws ProtocolError where bytes are missing, left over or not of the declared type. */
  decode(payload: Uint8Array): Values<F>;
}

/** Declares a record; the order of `fields` is the order on the wire. */
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
  return {
    fields,
    read,
    write,
    encode: (values) => {
      const writer = new Writer();
      write(writer, values);
      return writer.written();
    },
    decode: (bytes) => {
      const reader = new Reader(bytes);
      const values = read(reader);
      reader.end();
      return values;
    },
  };
}

/** Declares a message. */
export function message<const F extends Fields>(number: number, fields: F): Message<F> {
  const body = record(fields);
  const write = (writer: Writer, values: Values<F>): void => {
    writer.byte(number);
    body.write(writer, values);
  };
  return {
    number,
    fields,
    write,
    encode: (values) => {
      const writer = new Writer();
      write(writer, values);
      return writer.written();
    },
    decode: (payload) => body.decode(payload.subarray(1)),
  };
}
