/** Origins in flags. */
import { expect, test } from 'vitest';
import { parseOrigin } from './origin.js';

test.each([
  'https://host',
  'http://localhost:8080',
  'HTTPS://Host',
  'chrome-extension://iodihamcpbpeioajjeobimgagajmlibd',
])('%s is one', (text) => {
  expect(parseOrigin(text)).toBe(text);
});

test.each([
  'null',
  '*',
  'host',
  'https://host/',
  'https://host:443',
  'file:///x',
  'data:x',
  'chrome-extension://a/b',
  'x-extension://*',
])('%s is none', (text) => {
  expect(() => parseOrigin(text)).toThrow('is not an origin');
});
