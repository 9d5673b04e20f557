import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectionMessages } from '../connection/messages.js';
import { ProtocolError } from '../errors.js';
import { transportMessages } from '../transport/messages.js';
import { boolean, fixed, list, mpint, nameList, optional, string, text, uint32, uint64, type Field } from './fields.js';
import { message, record, type Message } from './message.js';
import { Reader } from './reader.js';
import { router } from './router.js';
import { decodeStructured, encodeStructured } from './structured.js';
import { Writer } from './writer.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const name = fc.stringMatching(/^[a-z0-9@.-]{1,20}$/);
const magnitude = bytes.map((value) => value.subarray(value.findIndex((byte) => byte !== 0) >>> 0));

test.each<[string, Field<unknown>, fc.Arbitrary<unknown>]>([
  ['uint32', uint32, fc.nat(0xffffffff)],
  ['uint64', uint64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  ['string', string, bytes],
  ['text', text, fc.string({ unit: 'grapheme' })],
  ['name-list', nameList, fc.array(name, { maxLength: 20 })],
  ['mpint', mpint, magnitude],
  [
    'list',
    list(record({ flag: boolean, number: uint32 }), 50),
    fc.array(fc.record({ flag: fc.boolean(), number: fc.nat() })),
  ],
  ['optional', optional(text), fc.option(fc.string(), { nil: undefined })],
  ['fixed', fixed(16), fc.uint8Array({ minLength: 16, maxLength: 16 })],
])('RFC 4251 §5: %s is read as it was written', (_name, field, arbitrary) => {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const writer = new Writer(1);
      field.write(writer, value);
      const reader = new Reader(writer.written());
      expect(field.read(reader)).toEqual(value);
      reader.end();
      // Every prefix is incomplete.
      const cut = writer.written().subarray(0, -1);
      if (writer.offset > 0) expect(() => field.read(new Reader(cut))).toThrow(ProtocolError);
    }),
  );
});

test('RFC 4251 §5: examples of mpint', () => {
  const encode = (hex: string): string => {
    const writer = new Writer();
    writer.mpint(Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)));
    return [...writer.written()].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  };
  expect(encode('')).toBe('00000000');
  expect(encode('09a378f9b2e332a7')).toBe('0000000809a378f9b2e332a7');
  expect(encode('80')).toBe('000000020080');
});

test.each([
  ['negative', [0, 0, 0, 1, 0x80]],
  ['with a zero too many', [0, 0, 0, 2, 0, 1]],
])('an mpint that is %s is refused', (_name, encoded) => {
  expect(() => mpint.read(new Reader(Uint8Array.from(encoded)))).toThrow(ProtocolError);
});

test.each([',', ',,', 'a,,', ',a', 'a,,b', 'a b', 'ä', 'x'.repeat(65), Array.from({ length: 65 }, () => 'a').join()])(
  'the name-list %j is refused',
  (value) => {
    const writer = new Writer();
    writer.text(value);
    expect(() => new Reader(writer.written()).nameList()).toThrow(ProtocolError);
  },
);

test('a name-list may end with a comma', () => {
  const writer = new Writer();
  writer.text('a,b,');
  expect(new Reader(writer.written()).nameList()).toEqual(['a', 'b']);
});

test('a count beyond the limit is refused before anything is read', () => {
  const encoded = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
  expect(() => list(uint32, 10).read(new Reader(encoded))).toThrow('at most 10');
});

test('text that is not UTF-8 is refused', () => {
  expect(() => new Reader(Uint8Array.of(0, 0, 0, 1, 0xff)).text()).toThrow(ProtocolError);
});

describe('every message', () => {
  const all: Record<string, Message> = { ...transportMessages, ...connectionMessages };
  test.each(Object.entries(all))('%s: random bytes are decoded or refused, never anything else', (_name, row) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        try {
          const values = row.decode(payload);
          // Accepted values mean the same when written again; a boolean may have been any non-zero byte.
          expect(row.decode(row.encode(values))).toEqual(values);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  test('has a number of its own', () => {
    const numbers = Object.values(all).map((row) => row.number);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

test('a message goes to its handler, and a handler that returns nothing has handled it', () => {
  const messages = { A: message(200, { value: uint32 }), B: message(201, {}) };
  const seen: unknown[] = [];
  const route = router<typeof messages, unknown[], undefined>(messages, {
    A: (target, { value }) => void target.push(value),
    B: (target) => void target.push('B'),
  });
  expect(route(seen, messages.A.encode({ value: 7 }))).toBe(undefined);
  expect(route(seen, messages.B.encode({}))).toBe(undefined);
  expect(route(seen, Uint8Array.of(202))).toBe('unknown');
  expect(seen).toEqual([7, 'B']);
});

test('bytes after the last field are refused', () => {
  expect(() => message(200, { value: uint32 }).decode(new Uint8Array(6))).toThrow('after the last field');
});

test('structured values come back as they went', () => {
  const plain = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: false,
    withNullPrototype: false,
    maxDepth: 3,
  });
  fc.assert(
    fc.property(plain, bytes, (value, binary) => {
      const whole = { value, binary };
      expect(decodeStructured(encodeStructured(whole))).toEqual(whole);
    }),
  );
});

test('what is no plain data is refused, and so are forged bytes', () => {
  expect(() => encodeStructured({ f: () => 1 })).toThrow(TypeError);
  expect(() => encodeStructured(new Error('a thing'))).toThrow('class Error');
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  expect(() => encodeStructured(cycle)).toThrow('nested too deep');
  // Lists of one, 65 deep and 10,000 deep; the tag of a list is that of an empty one.
  const [tag] = encodeStructured([]);
  for (const depth of [66, 10_000]) {
    const nested = Array.from({ length: depth }, () => [tag!, 0, 0, 0, 1]).flat();
    expect(() => decodeStructured(Uint8Array.of(...nested, 0))).toThrow('no kind of structured value');
  }
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(12), fc.nat(255)), { maxLength: 60 }), (forged) => {
      try {
        const value = decodeStructured(Uint8Array.from(forged));
        expect(decodeStructured(encodeStructured(value))).toEqual(value);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});
