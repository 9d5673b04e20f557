import { expect, test } from 'vitest';
import {
  AuthenticationError,
  CompressionError,
  ConnectionLostError,
  DisconnectedError,
  IdentificationError,
  KeyExchangeError,
  MacError,
  ProtocolError,
  TimeoutError,
} from '../../errors.js';
import { DEFAULT_PENALTIES, offenceOf, Penalties } from './penalties.js';

test.each([
  ['a wrong password, whatever ended it', undefined, true, 'authenticationFailed'],
  ['too many of them', new AuthenticationError('too many'), false, 'authenticationFailed'],
  ['silence until the grace is over', new TimeoutError('too long'), false, 'graceExceeded'],
  ['one that goes without a try', new ConnectionLostError('gone'), false, 'noAuthentication'],
  ['one that says so', new DisconnectedError(2, 'bye'), false, 'noAuthentication'],
  ['nothing in common', new KeyExchangeError('none'), false, 'noAuthentication'],
  ['no ssh', new IdentificationError('GET /'), false, 'protocolFault'],
  ['messages out of place', new ProtocolError('94'), false, 'protocolFault'],
  ['a forged packet', new MacError(), false, 'protocolFault'],
  ['a bomb', new CompressionError('bomb'), false, 'protocolFault'],
  ['what makes this side throw', new TypeError('undefined'), false, 'crash'],
  ['what this side ended', undefined, false, undefined],
] as const)('offences: %s', (_name, error, hasFailed, offence) => {
  expect(offenceOf(error, hasFailed)).toBe(offence);
});

test('penalties add up, refuse from 15 s on, and run off', () => {
  const penalties = new Penalties(DEFAULT_PENALTIES);
  penalties.add('192.0.2.1', 'authenticationFailed', 1000);
  penalties.add('192.0.2.1', 'authenticationFailed', 1000);
  expect(penalties.isRefused('192.0.2.1', 1000)).toBe(false);
  penalties.add('192.0.2.1', 'authenticationFailed', 1000);
  expect(penalties.isRefused('192.0.2.1', 1000)).toBe(true);
  expect(penalties.isRefused('192.0.2.2', 1000)).toBe(false);
  expect(penalties.isRefused('192.0.2.1', 1001)).toBe(false);
  expect(penalties.size).toBe(1);
  expect(penalties.isRefused('192.0.2.1', 16_000)).toBe(false);
  expect(penalties.size).toBe(0);
});

test('a source is told of once, with how long it is refused', () => {
  const penalties = new Penalties(DEFAULT_PENALTIES);
  const fail = (): number => penalties.add('192.0.2.1', 'authenticationFailed', 1000);
  expect([fail(), fail(), fail(), fail()]).toEqual([0, 0, 0, 5000]);
  expect(penalties.add('192.0.2.2', 'protocolFault', 1000)).toBe(0);
  expect(penalties.add('192.0.2.2', 'crash', 1000)).toBe(85_000);
  expect(penalties.add('192.0.2.2', 'crash', 1000)).toBe(0);
});

test('a source has never more than ten minutes before it', () => {
  const penalties = new Penalties(DEFAULT_PENALTIES);
  for (let index = 0; index < 100; index += 1) penalties.add('192.0.2.1', 'crash', 0);
  expect(penalties.isRefused('192.0.2.1', 600_000 - 15_000)).toBe(true);
  expect(penalties.isRefused('192.0.2.1', 600_000 - 14_999)).toBe(false);
});

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:0DB8:0001:0002:0:0:0:1%eth0', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:db8::', '2001:db8:0:0:1::', true],
  ['fe80::1', 'fe80:0:0:1::1', false],
  ['::ffff:192.0.2.1', '192.0.2.1', true],
  ['::ffff:c000:201', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
])('%s and %s are one source: %s', (first, second, isOne) => {
  const penalties = new Penalties(DEFAULT_PENALTIES);
  penalties.add(first, 'crash', 0);
  expect(penalties.isRefused(second, 0)).toBe(isOne);
});

test('a proxy that is exempt is never penalised', () => {
  const penalties = new Penalties({ ...DEFAULT_PENALTIES, exempt: (address) => address === '127.0.0.1' });
  penalties.add('127.0.0.1', 'crash', 0);
  penalties.add('127.0.0.2', 'crash', 0);
  expect(['127.0.0.1', '127.0.0.2'].map((address) => penalties.isRefused(address, 0))).toEqual([false, true]);
});

test('the table is bounded; whoever would be free soonest is forgotten first, and IPv6 takes no place of IPv4', () => {
  const penalties = new Penalties({ ...DEFAULT_PENALTIES, sources: 8 });
  penalties.add('192.0.2.1', 'crash', 0);
  for (let index = 0; index < 100; index += 1) penalties.add(`2001:db8:0:${index}::1`, 'crash', 0);
  expect(penalties.isRefused('192.0.2.1', 0)).toBe(true);
  for (let index = 2; index <= 8; index += 1) penalties.add(`192.0.2.${index}`, 'protocolFault', 0);
  penalties.add('192.0.2.9', 'protocolFault', 0);
  expect(penalties.size).toBe(16);
  expect(penalties.isRefused('192.0.2.1', 0)).toBe(true);
});
