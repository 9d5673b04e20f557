/** setuid(2): the users that a program may run as. */
import { expect, test } from 'vitest';
import { ConfigurationError } from '@nacre/core';
import { processOwner } from './process-owner.js';

test('both or neither; the current owner needs no change', () => {
  expect(processOwner(undefined, undefined)).toBeUndefined();
  expect(processOwner(process.geteuid!(), process.getegid!())).toBeUndefined();
  expect(processOwner(65_001, 65_002)).toEqual({ uid: 65_001, gid: 65_002 });
  expect(() => processOwner(65_001, undefined)).toThrow(ConfigurationError);
  expect(() => processOwner(undefined, 65_002)).toThrow(ConfigurationError);
});

test.each([-1, Number.NaN, 0.5, 2 ** 32 - 1, 2 ** 32, Number.POSITIVE_INFINITY])(
  'Security: %d is nobody: a terminal would run the program as this process, or as root',
  (id) => {
    expect(() => processOwner(id, 65_002)).toThrow(/whole numbers/);
    expect(() => processOwner(65_001, id)).toThrow(/whole numbers/);
  },
);
