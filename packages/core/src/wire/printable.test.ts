import { expect, test } from 'vitest';
import { showThrown } from './printable.js';

test.each([
  [new TypeError('no way'), 'TypeError: no way'],
  [
    new Error('fetch failed', { cause: new RangeError('no such host') }),
    'Error: fetch failed (RangeError: no such host)',
  ],
  ['a word', 'a word'],
  [undefined, 'undefined'],
  [Object.create(null), 'a value that cannot be shown'],
  [new Error('no way', { cause: Object.create(null) }), 'a value that cannot be shown'],
])('%# what is thrown is shown with its cause', (thrown, text) => {
  expect(showThrown(thrown)).toBe(text);
});
