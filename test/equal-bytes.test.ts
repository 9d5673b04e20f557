import { expect, test } from 'vitest';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

test('bytes are equal where each is, also within other values', () => {
  expect(bytes(1, 2)).toEqual(bytes(1, 2));
  expect([{ a: bytes(1, 2) }]).toEqual([{ a: bytes(9, 1, 2).subarray(1) }]);
  for (const other of [bytes(), bytes(1), bytes(1, 3), bytes(1, 2, 3)]) {
    expect(other).not.toEqual(bytes(1, 2));
    expect([{ a: other }]).not.toEqual([{ a: bytes(1, 2) }]);
  }
});

test('a Buffer is no plain array, nor are numbers', () => {
  expect(Buffer.from([1, 2])).not.toEqual(bytes(1, 2));
  expect([1, 2]).not.toEqual(bytes(1, 2));
});
