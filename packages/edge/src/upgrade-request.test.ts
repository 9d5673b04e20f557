import { expect, test } from 'vitest';
import { readHeaders } from './upgrade-request.js';

test('§5.1, §5.2: names are of lower case, and fields that came twice are one, with commas', () => {
  const read = readHeaders([
    ['X-Way', 'a'],
    ['Host', 'h'],
    ['x-way', 'b'],
    ['cookie', 'c=1'],
    ['Cookie', 'd=2'],
  ]);
  expect([...read!]).toEqual([
    ['x-way', 'a, b'],
    ['host', 'h'],
    ['cookie', 'c=1; d=2'],
  ]);
});

test.each([
  ['fields', Array.from({ length: 129 }, (_, index) => [`f${index}`, ''] as const)],
  ['bytes', [['cookie', 'x'.repeat(16 * 1024)]] as const],
])('too many %s are no headers', (_what, fields) => {
  expect(readHeaders(fields)).toBe(undefined);
});
