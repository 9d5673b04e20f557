/** The frame reader: every split gives the same result; each broken rule of RFC 6455 §5 gives its Close code, at once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeHeader, encodeMasked, FrameError, OPCODE } from './frames.js';
import { FrameReader } from './frame-reader.js';

const MAX_PAYLOAD = 70_000;

/** What a reader delivered for some chunks; pieces of one message are joined. */
function readAll(chunks: readonly Buffer[], masked: boolean): { readonly events: string[]; readonly code?: number } {
  const events: string[] = [];
  let message = '';
  const reader = new FrameReader(
    {
      piece(bytes, isBinary, isLast) {
        message += bytes.toString('hex');
        if (!isLast) return;
        events.push(`${isBinary ? 'binary' : 'text'} ${message}`);
        message = '';
      },
      control: (opcode, payload) => events.push(`control ${opcode} ${payload.toString('hex')}`),
    },
    { masked, maxPayload: MAX_PAYLOAD },
  );
  try {
    // Unmasking happens in place, so each reading needs bytes of its own.
    for (const chunk of chunks) reader.push(Buffer.from(chunk));
  } catch (error) {
    if (error instanceof FrameError) return { events, code: error.closeCode };
    throw error;
  }
  return { events };
}

function frame(first: number, payload: Buffer, masked: boolean): Buffer {
  const bytes = masked
    ? encodeMasked(OPCODE.binary, payload)
    : Buffer.concat([encodeHeader(OPCODE.binary, payload.length), payload]);
  bytes[0] = first;
  return bytes;
}

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(125, 126, 127, 65_535, 65_536).map((length) => new Uint8Array(length).fill(length)),
);
const message = fc.record({
  opcode: fc.constantFrom(1, 2),
  fragments: fc.array(payload, { minLength: 1, maxLength: 3 }),
});
const control = fc.record({ opcode: fc.constantFrom(9, 10), body: fc.uint8Array({ maxLength: 125 }) });

test('frames of all lengths, in fragments, with control frames in between, cut anywhere', () => {
  const stream = fc.array(fc.tuple(message, fc.option(control)), { maxLength: 3 });
  const cuts = fc.array(fc.nat(40), { maxLength: 30 });
  fc.assert(
    fc.property(stream, cuts, fc.boolean(), (messages, steps, masked) => {
      const frames: Buffer[] = [];
      const expected: string[] = [];
      for (const [{ opcode, fragments }, between] of messages) {
        const usable = fragments.reduce((sum, { length }) => sum + length, 0) <= MAX_PAYLOAD ? fragments : [];
        const whole = `${opcode === 2 ? 'binary' : 'text'} ${Buffer.concat(usable).toString('hex')}`;
        usable.forEach((fragment, index) => {
          const fin = index === usable.length - 1 ? 0x80 : 0;
          frames.push(frame(fin | (index === 0 ? opcode : 0), Buffer.from(fragment), masked));
          if (index === usable.length - 1) expected.push(whole);
          if (index !== 0 || between === null) return;
          frames.push(frame(0x80 | between.opcode, Buffer.from(between.body), masked));
          expected.push(`control ${between.opcode} ${Buffer.from(between.body).toString('hex')}`);
        });
      }
      const bytes = Buffer.concat(frames);
      const chunks: Buffer[] = [];
      let offset = 0;
      for (const step of steps) {
        chunks.push(bytes.subarray(offset, offset + step));
        offset += step;
      }
      chunks.push(bytes.subarray(offset));
      expect(readAll(chunks, masked)).toEqual({ events: expected });
    }),
    { numRuns: 200 },
  );
});

/** Bytes as a server sends them (unmasked), and the code with which a client answers. */
const BROKEN: readonly (readonly [string, string, number])[] = [
  ['RSV1 without an extension', 'c200', 1002],
  ['RSV2', 'a200', 1002],
  ['RSV3', '9200', 1002],
  ['opcode 3', '8300', 1002],
  ['opcode 11', '8b00', 1002],
  ['a masked frame from a server', '8280', 1002],
  ['a fragmented ping', '0900', 1002],
  ['a ping of 126 bytes', '897e', 1002],
  ['a close of 64-bit length', '887f', 1002],
  ['a continuation of nothing', '8000', 1002],
  ['a message inside a message', '02018202', 1002],
  ['2 GiB declared', '827f0000000080000000', 1009],
  ['2^63 declared', '827f8000000000000000', 1009],
  ['one byte over the limit', '827f0000000000011171', 1009],
  ['fragments that together are over the limit', `027f0000000000011170${'00'.repeat(70_000)}8001`, 1009],
  ['a flood of empty fragments', `0200${'0000'.repeat(1024)}`, 1008],
];

test.each(BROKEN)('%s: refused right after the bytes that show it', (_name, hex, code) => {
  const bytes = Buffer.from(hex, 'hex');
  expect(readAll([bytes], false).code).toBe(code);
  expect(readAll([bytes.subarray(0, -1), bytes.subarray(-1)], false).code).toBe(code);
  if (bytes.length > 4096) return;
  expect(
    readAll(
      Array.from(bytes, (byte) => Buffer.of(byte)),
      false,
    ).code,
  ).toBe(code);
});

test('a message of 1024 fragments is accepted', () => {
  expect(readAll([Buffer.from(`0200${'0000'.repeat(1022)}8000`, 'hex')], false)).toEqual({ events: ['binary '] });
});

test('an unmasked frame from a client', () => {
  expect(readAll([Buffer.from('8200', 'hex')], true).code).toBe(1002);
});

test('bytes after a Close frame are discarded', () => {
  expect(readAll([Buffer.from('880203e8820141', 'hex'), Buffer.from('ffff', 'hex')], false)).toEqual({
    events: ['control 8 03e8'],
  });
});
