/** HTTPS_PROXY and NO_PROXY. */
import { expect, test } from 'vitest';
import { proxyFor } from './proxy-environment.js';

const PROXY = 'http://proxy.test:3128';
const url = new URL('wss://host.example.org/path');

test.each([
  [{ HTTPS_PROXY: PROXY }, url, PROXY],
  [{ https_proxy: 'proxy.test:3128' }, url, PROXY],
  [{ ALL_PROXY: PROXY }, url, PROXY],
  [{ HTTPS_PROXY: PROXY }, new URL('ws://host.example.org/'), undefined],
  [{ HTTP_PROXY: PROXY }, new URL('ws://host.example.org/'), PROXY],
  [{ HTTPS_PROXY: '' }, url, undefined],
  [{}, url, undefined],
])('%j for %s: %s', (environment, target, expected) => {
  expect(proxyFor(target, environment)?.origin).toBe(expected);
});

test.each([
  ['*', true],
  ['example.org', true],
  ['.example.org', true],
  ['*.example.org', true],
  ['other.test, host.example.org:443', true],
  ['host.example.org:8443', false],
  ['ample.org', false],
  ['', false],
])('NO_PROXY=%s', (list, isExempt) => {
  expect(proxyFor(url, { HTTPS_PROXY: PROXY, NO_PROXY: list }) === undefined).toBe(isExempt);
});

test('NO_PROXY takes networks', () => {
  const environment = { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8,::1' };
  expect(proxyFor(new URL('wss://10.1.2.3/'), environment)).toBeUndefined();
  expect(proxyFor(new URL('wss://[::1]/'), environment)).toBeUndefined();
  expect(proxyFor(new URL('wss://11.1.2.3/'), environment)?.host).toBe('proxy.test:3128');
});

test('a proxy of another kind is refused, and its password is not repeated', () => {
  const environment = { HTTPS_PROXY: 'socks5://user:hidden@proxy.test' };
  expect(() => proxyFor(url, environment)).toThrow(/^HTTPS_PROXY is not an HTTP proxy/);
  expect(() => proxyFor(url, environment)).not.toThrow(/hidden/);
});
