/** The sort of sntrup761, compared with a plain one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortInConstantTime } from './sort.js';

test('sorts as a comparison of signed integers does, whatever the length', () => {
  const integers = fc.int32Array({ maxLength: 900 });
  fc.assert(
    fc.property(integers, (values) => {
      const sorted = values.slice();
      sortInConstantTime(sorted);
      expect(sorted).toEqual(values.toSorted());
    }),
  );
});

test('sorts the extremes, whose difference is no 32-bit integer', () => {
  const values = Int32Array.of(2 ** 31 - 1, -(2 ** 31), 0, -(2 ** 31), 2 ** 31 - 1, -1, 1);
  const sorted = values.slice();
  sortInConstantTime(sorted);
  expect(sorted).toEqual(values.toSorted());
});
