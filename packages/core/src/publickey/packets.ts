/** RFC 4819 §3: packets consist of a length, a name and its fields. */
import { ProtocolError } from '../errors.js';
import { concatenate } from '../wire/concatenate.js';
import { rest, text, type Fields, type Values } from '../wire/fields.js';
import { record, type Layout } from '../wire/message.js';
import { Writer } from '../wire/writer.js';

/** The longest packet accepted, in bytes: a 16384-bit RSA key with its attributes takes a tenth of it. */
const MAXIMUM_PACKET = 64 * 1024;
const LENGTH_BYTES = 4;

const envelope = record({ name: text, fields: rest });

export interface Packet {
  readonly name: string;
  /** In memory of its own. */
  readonly fields: Uint8Array;
}

export function encodePacket<F extends Fields>(name: string, layout: Layout<F>, values: Values<F>): Uint8Array {
  const writer = new Writer();
  writer.string(envelope.encode({ name, fields: layout.encode(values) }));
  return writer.written();
}

/** The packets of a stream until its end. @throws ProtocolError if one is too long, truncated or malformed. */
export async function* readPackets(read: () => Promise<Uint8Array | undefined>): AsyncGenerator<Packet, undefined> {
  let held: Uint8Array = new Uint8Array(0);
  for (;;) {
    const length = held.length < LENGTH_BYTES ? undefined : new DataView(held.buffer, held.byteOffset).getUint32(0);
    if (length !== undefined && length > MAXIMUM_PACKET) throw new ProtocolError('a packet is too long');
    if (length !== undefined && held.length >= LENGTH_BYTES + length) {
      const { name, fields } = envelope.decode(held.slice(LENGTH_BYTES, LENGTH_BYTES + length));
      held = held.subarray(LENGTH_BYTES + length);
      yield { name, fields };
      continue;
    }
    const chunk = await read();
    if (chunk === undefined) {
      if (held.length > 0) throw new ProtocolError('the stream ends inside a packet');
      return undefined;
    }
    held = concatenate([held, chunk]);
  }
}
