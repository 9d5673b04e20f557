/** RFC 4253 §6: packets of every cipher, read whole and in pieces, and compared with a second, independent reader. */
import type { PacketCipher } from '../../../packages/core/src/algorithms/algorithm.js';
import { packetCipherNone } from '../../../packages/core/src/algorithms/none.js';
import { ciphers, macs } from '../../../packages/core/src/algorithms/table.js';
import { MacError, ProtocolError } from '../../../packages/core/src/errors.js';
import { cbc } from '../../../packages/core/src/legacy/cbc.js';
import {
  MAXIMUM_PACKET_BEFORE_AUTHENTICATION,
  PacketReader,
} from '../../../packages/core/src/transport/packet-reader.js';
import { PacketWriter } from '../../../packages/core/src/transport/packet-writer.js';
import { randomPool } from '../../../packages/core/src/transport/random-pool.js';
import { concatenate } from '../bytes.js';
import { decodeSteps, encodeSteps, message, raw, stepsShape, type Step } from '../steps.js';
import { stubCrypto } from '../stub-crypto.js';
import { Finding, undocumented, type Target } from '../target.js';

const crypto = stubCrypto(true);

/** CBC, in addition to those that are offered: blocks as they are, chained to nothing. */
const rows = {
  ...ciphers,
  'cbc@fuzz': cbc({
    keyLength: 16,
    blockLength: 16,
    functions: () => ({ encrypt: (_iv, plain) => plain.slice(), decrypt: (_iv, encrypted) => encrypted.slice() }),
  }),
};

/** Every cipher with every MAC that it takes, and without any. */
const protections: readonly (() => PacketCipher)[] = [
  () => packetCipherNone,
  ...Object.values(rows).flatMap((cipher) => {
    const keys = {
      key: new Uint8Array(cipher.keyLength),
      iv: new Uint8Array(cipher.ivLength),
      macKey: new Uint8Array(64),
    };
    const suitable = cipher.aead ? [undefined] : Object.values(macs);
    return suitable.map((mac) => () => cipher.create(crypto, keys, mac));
  }),
];

export const packetTarget: Target = {
  name: 'packets',
  shape: stepsShape(1),
  seeds: () =>
    protections.map((create, index) => {
      const writer = new PacketWriter(create(), randomPool(crypto));
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
    // A cipher that hides its faults reads on, until how much it read tells nobody anything.
    if (protections[index]!().concealFault !== undefined) return;
    const expected = expectPackets(protections[index]!(), index > 0, bytes);
    if (whole !== expected) throw new Finding('misread', `${whole}, and should be ${expected}`);
  },
};

function packetBytes(cipher: PacketCipher, steps: readonly Step[]): Uint8Array {
  const writer = new PacketWriter(cipher, randomPool(crypto));
  const parts = steps.map((step) => {
    if (!('bytes' in step)) return new Uint8Array(0);
    if (step.kind === 'raw') return step.bytes;
    writer.begin(step.bytes.length).fixed(step.bytes);
    writer.finish();
    return writer.take();
  });
  return concatenate(...parts);
}

/** In pieces as long as the steps say; of one byte if there are none. */
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
        seen.push(digest(payload));
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

function digest(payload: Uint8Array): string {
  return `${payload.length}:${payload.reduce((sum, byte) => (sum * 31 + byte) | 0, 0)}`;
}

/** What the packets in `bytes` are according to the RFC: nothing is encrypted, and a good tag is zero. */
function expectPackets(cipher: PacketCipher, isEncrypted: boolean, bytes: Uint8Array): string {
  const { lengthIsApart, tagLength, headLength } = cipher;
  const block = Math.max(8, cipher.blockLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const seen: string[] = [];
  for (let start = 0; start + headLength <= bytes.length;) {
    const length = view.getUint32(start);
    const padded = lengthIsApart ? length : 4 + length;
    const end = start + 4 + length;
    const isFramed = length >= 5 && length <= MAXIMUM_PACKET_BEFORE_AUTHENTICATION && padded % block === 0;
    if (isFramed && end + tagLength > bytes.length) break;
    const padding = bytes[start + 4]!;
    const hasTag = bytes.subarray(end, end + tagLength).every((byte) => byte === 0);
    if (!isFramed || !hasTag || padding < 4 || padding + 1 >= length) {
      seen.push(isEncrypted ? 'MacError' : 'ProtocolError');
      break;
    }
    seen.push(digest(bytes.subarray(start + 5, end - padding)));
    start = end + tagLength;
  }
  return seen.join(' ');
}
