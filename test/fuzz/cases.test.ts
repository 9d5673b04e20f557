/** What the fuzzer once found does not come back. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { formatCase, parseCase, readCases } from './cases.js';
import { judge } from './judge.js';
import { targets } from './targets/index.js';

const cases = readCases(fileURLToPath(new URL('cases/', import.meta.url)));

test.each(cases.map((one) => [`${one.target}/${one.file}`, one] as const))('%s', async (_name, { target, input }) => {
  const found = targets.find(({ name }) => name === target);
  expect(await judge(found!, input)).toBeUndefined();
});

test('a case is read as it was written', () => {
  const input = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);
  expect(parseCase(formatCase('kind: a message\nof two lines', input))).toEqual(input);
});
