/** RFC 4251 §5, RFC 4253 §4.2 and §6: rows of messages, the identification, and packets of every cipher. */
import type { PacketCipher } from '../../../packages/core/src/algorithms/algorithm.js';
import { packetCipherNone } from '../../../packages/core/src/algorithms/none.js';
import { ciphers, macs } from '../../../packages/core/src/algorithms/table.js';
import { MacError, ProtocolError, SshError } from '../../../packages/core/src/errors.js';
import { IdentificationReader } from '../../../packages/core/src/transport/identification.js';
import { PacketReader } from '../../../packages/core/src/transport/packet-reader.js';
import { PacketWriter } from '../../../packages/core/src/transport/packet-writer.js';
import type { Fields } from '../../../packages/core/src/wire/fields.js';
import type { Layout, Message } from '../../../packages/core/src/wire/message.js';
import { concatenate, equal } from '../bytes.js';
import { generateMessage } from '../generate.js';
import { mutateMessage } from '../mutate.js';
import { Random } from '../random.js';
import { messages, messagesWith, tails } from '../rows.js';
import { bytesShape } from '../shapes.js';
import { decodeSteps, encodeSteps, message, raw, stepsShape, type Step } from '../steps.js';
import { stubCrypto } from '../stub-crypto.js';
import { attempt, Finding, undocumented, type Target } from '../target.js';

const crypto = stubCrypto(true);

/** What is read and written again must be read as the same; and be the same bytes, but for texts and booleans that have several forms. */
function checkRow(name: string, row: Message | Layout<Fields>, bytes: Uint8Array): void {
  const values = attempt(`${name} decode`, () => row.decode(bytes));
  if (values === undefined) return;
  const again = row.encode(values).slice();
  const valuesAgain = row.decode(again);
  const shown = show(values);
  if (shown !== show(valuesAgain)) throw new Finding(`${name} round trip`, `${shown} became ${show(valuesAgain)}`);
  const hasForms = /:true|\ufffd/.test(shown);
  if (!hasForms && !equal(again, bytes))
    throw new Finding(`${name} canonical`, `${shown} was not written as it was read`);
}

function show(values: unknown): string {
  return JSON.stringify(values, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  });
}

/** Behind the numbers of messages come those of the records inside them. */
const messageTarget: Target = {
  name: 'messages',
  shape: {
    ...bytesShape,
    mutate: (input, random) => (random.oneIn(8) ? generateMessage(random) : mutateMessage(input, random)),
  },
  seeds: () => {
    const random = new Random(1);
    return Array.from({ length: 4 * messages.length }, () => generateMessage(random));
  },
  run: (input) => {
    for (const row of messagesWith(input[0])) checkRow(`message ${row.number}`, row, input);
    for (const row of tails) checkRow(Object.keys(row.fields).join(','), row, input.subarray(1));
  },
};

/** Lines for either role, whole and byte by byte. */
const identTarget: Target = {
  name: 'ident',
  shape: bytesShape,
  seeds: () => ['SSH-2.0-x\r\n', 'hello\r\nSSH-2.0-OpenSSH_9.2 a\n', 'SSH-1.99-x\r\n'].map((line) => Buffer.from(line)),
  run: (input) => {
    for (const role of ['client', 'server'] as const) {
      const whole = readIdentification(role, [input]);
      const single = readIdentification(
        role,
        Array.from(input, (byte) => Uint8Array.of(byte)),
      );
      if (whole !== single) throw new Finding('chunks matter', `${role}: ${whole} whole, ${single} byte by byte`);
    }
  },
};

function readIdentification(role: 'client' | 'server', chunks: readonly Uint8Array[]): string {
  const reader = new IdentificationReader(role);
  try {
    let offset = 0;
    for (const chunk of chunks) {
      const { identification, used } = reader.receive(chunk);
      if (used > chunk.length) throw new Finding('reads too far', `${used} of ${chunk.length} bytes used`);
      offset += used;
      if (identification === undefined) continue;
      if (/[^\x20-\x7e]/.test(identification) || identification.length > 253)
        throw new Finding('bad identification', JSON.stringify(identification));
      return `${identification} ${offset}`;
    }
    return 'incomplete';
  } catch (error) {
    if (error instanceof SshError) return error.message;
    throw error instanceof Finding ? error : undocumented('identification', error);
  }
}

/** Every cipher with every MAC that it takes, and none. */
const protections: readonly (() => PacketCipher)[] = [
  () => packetCipherNone,
  ...Object.values(ciphers).flatMap((cipher) => {
    const keys = {
      key: new Uint8Array(cipher.keyLength),
      iv: new Uint8Array(cipher.ivLength),
      macKey: new Uint8Array(64),
    };
    const suitable = cipher.aead ? [undefined] : Object.values(macs);
    return suitable.map((mac) => () => cipher.create(crypto, keys, mac));
  }),
];

const packetTarget: Target = {
  name: 'packets',
  shape: stepsShape(1),
  seeds: () =>
    protections.map((create, index) => {
      const writer = new PacketWriter(create(), (length) => crypto.random(length));
      const packets = [0, 1, 100, 5000].map((length) => {
        writer.begin(length).fixed(new Uint8Array(length + 1).fill(94));
        writer.finish();
        return raw(writer.take());
      });
      return concatenate(Uint8Array.of(index), encodeSteps([...packets, message(Uint8Array.of(94, 1, 2))]));
    }),
  run: (input) => {
    const index = (input[0] ?? 0) % protections.length;
    const steps = decodeSteps(input.subarray(1));
    const bytes = packetBytes(protections[index]!(), steps);
    const whole = readPackets(protections[index]!(), index > 0, [bytes]);
    const pieces = readPackets(protections[index]!(), index > 0, cut(bytes, steps));
    if (whole !== pieces) throw new Finding('chunks matter', `${whole} whole, ${pieces} in pieces`);
  },
};

function packetBytes(cipher: PacketCipher, steps: readonly Step[]): Uint8Array {
  const writer = new PacketWriter(cipher, (length) => crypto.random(length));
  const parts = steps.map((step) => {
    if (!('bytes' in step)) return new Uint8Array(0);
    if (step.kind === 'raw') return step.bytes;
    writer.begin(step.bytes.length).fixed(step.bytes);
    writer.finish();
    return writer.take();
  });
  return concatenate(...parts);
}

/** In pieces as long as the steps say, of one byte without. */
function cut(bytes: Uint8Array, steps: readonly Step[]): readonly Uint8Array[] {
  const lengths = steps.flatMap((step) => ('bytes' in step ? [] : [1 + (step.value % 5000)]));
  const pieces: Uint8Array[] = [];
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const end = start + (lengths[index % lengths.length] ?? 1);
    pieces.push(bytes.slice(start, end));
    start = end;
  }
  return pieces;
}

function readPackets(cipher: PacketCipher, isEncrypted: boolean, chunks: readonly Uint8Array[]): string {
  const reader = new PacketReader(packetCipherNone);
  if (isEncrypted) reader.setCipher(cipher, true);
  const seen: string[] = [];
  try {
    for (const chunk of chunks) {
      reader.push(chunk.slice());
      for (let payload = reader.next(); payload !== undefined; payload = reader.next()) {
        seen.push(`${payload.length}:${payload.reduce((sum, byte) => (sum * 31 + byte) | 0, 0)}`);
      }
      if (reader.waiting > reader.maximumPacketLength + 4 + cipher.tagLength)
        throw new Finding('input without bound', `${reader.waiting} bytes wait for the end of a packet`);
    }
  } catch (error) {
    if (error instanceof Finding) throw error;
    // Security: under keys every fault looks the same.
    if (!(error instanceof (isEncrypted ? MacError : ProtocolError))) throw undocumented('packets', error);
    seen.push(error.name);
  }
  return seen.join(' ');
}

export const wireTargets: readonly Target[] = [messageTarget, identTarget, packetTarget];
