/** The flipped bits of signatures that take JavaScript milliseconds to verify. */
import { test } from 'vitest';
import { expectOthersRefused, names, SLOW } from '../bad-signatures.js';

test.each(names.filter((name) => SLOW.includes(name)))(
  '%s refuses a signature over something else, and any flipped bit',
  expectOthersRefused,
);
