/** Values that are derived once. */
import { expect, test } from 'vitest';
import { onceFor } from './once-for.js';

test('each value is asked about once, and has a result of its own', () => {
  const asked: object[] = [];
  const made = onceFor((value: { readonly name: string }) => {
    asked.push(value);
    return { of: value.name };
  });
  const [first, second] = [{ name: 'a' }, { name: 'a' }];
  expect(made(first)).toBe(made(first));
  expect(made(second)).not.toBe(made(first));
  expect(asked).toEqual([first, second]);
});
