/** `[HOST:]PORT`. */
import { expect, test } from 'vitest';
import { formatAddress, isLoopback, parseListenAddress, plainAddress, userInfoOf, withoutSecrets } from './address.js';

test.each([
  ['2222', { host: '127.0.0.1', port: 2222 }],
  ['0', { host: '127.0.0.1', port: 0 }],
  ['0.0.0.0:22', { host: '0.0.0.0', port: 22 }],
  ['localhost:65535', { host: 'localhost', port: 65_535 }],
  ['[::1]:2222', { host: '::1', port: 2222 }],
])('%s is read and written back', (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
  expect(formatAddress(address)).toBe(text.includes(':') ? text : `127.0.0.1:${text}`);
});

test.each(['', 'x', '65536', '-1', ':22', '::1:22', '1.2.3.4', 'a b:22', '22 ', 'host:22/path', '[::1]'])(
  '"%s" is refused',
  (text) => {
    expect(() => parseListenAddress(text)).toThrow('not an address to listen on');
  },
);

test('IPv4 in IPv6 is shown as IPv4, and nothing else is changed', () => {
  expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
  expect(plainAddress('::1')).toBe('::1');
  expect(plainAddress(undefined)).toBe('unknown');
});

test('only names and addresses of this machine are loopback', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '::1'].every(isLoopback)).toBe(true);
  expect(['localhost.evil.test', '127.0.0.1.evil.test', '128.0.0.1', '0.0.0.0', '[::2]'].some(isLoopback)).toBe(false);
});

test.each([
  ['ws://user:p%40ss@host/', 'user:p@ss'],
  ['ws://user:100%@host/', 'user:100%'],
  ['ws://us%er:%zz%41@host/', 'us%er:%zzA'],
  ['ws://user:%c3%a9%ff@host/', 'user:%c3%a9%ff'],
  ['ws://:secret@host/', ':secret'],
  ['ws://user@host/', 'user:'],
  ['ws://host/', undefined],
])('the user and password of %s', (url, pair) => {
  expect(userInfoOf(new URL(url))).toBe(pair);
});

test.each([
  ['https://user:secret@host/path?token=secret', 'https://…@host/path?…'],
  ['//user:secret@host#secret', '//…@host#…'],
  ['host:80?token=secret\nsecret', 'host:80?…'],
  ['ws://host/a@b/c', 'ws://host/a@b/c'],
  ['nonsense', 'nonsense'],
])('%s without what may be secret', (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown);
});
