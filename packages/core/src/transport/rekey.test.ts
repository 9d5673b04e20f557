/** When keys are changed: limits, their ranges, and what no key may carry. */
import { expect, test } from 'vitest';
import { ConfigurationError, KeyExchangeError } from '../errors.js';
import { ProtectedDirection } from './protection.js';
import {
  DEFAULT_REKEY_LIMITS,
  isRekeyDue,
  MAXIMUM_PACKETS,
  maximumBytes,
  rekeyLimits,
  RekeyPatience,
  type KeyUse,
} from './rekey.js';

const unused: KeyUse = { bytes: 0, packets: 0, maximumBytes: 2 ** 36 };
const limits = rekeyLimits({ bytes: 20_000, packets: 100, milliseconds: 5000 });

test('limits that are not given are those of RFC 4253 §9', () => {
  expect(rekeyLimits()).toEqual({ bytes: 2 ** 30, packets: 2 ** 28, milliseconds: 3_600_000 });
  expect(rekeyLimits({ bytes: 2 ** 20 })).toEqual({ ...DEFAULT_REKEY_LIMITS, bytes: 2 ** 20 });
});

test.each([
  ['bytes', 16 * 1024 - 1, 16 * 1024],
  ['bytes', 2 ** 36 + 1, 2 ** 36],
  ['packets', 63, 64],
  ['packets', 2 ** 31 + 1, 2 ** 31],
  ['milliseconds', 999, 1000],
  ['milliseconds', 604_800_001, 604_800_000],
])('%s: not %d, but %d', (name, bad, good) => {
  expect(() => rekeyLimits({ [name]: bad })).toThrow(ConfigurationError);
  expect(rekeyLimits({ [name]: good })).toMatchObject({ [name]: good });
});

test.each<object[]>([[{ bytes: undefined }], [{ bytes: 1e6 + 0.5 }], [{ bytes: Number.NaN }], [{ hours: 1 }]])(
  '%o is refused',
  (given) => {
    expect(() => rekeyLimits(given)).toThrow(ConfigurationError);
  },
);

test.each([
  ['bytes of one direction', { bytes: 20_000, packets: 2 }, 0, true],
  ['almost as many', { bytes: 19_999, packets: 2 }, 0, false],
  ['packets of one direction', { bytes: 2000, packets: 100 }, 0, true],
  ['almost as many packets', { bytes: 2000, packets: 99 }, 0, false],
  ['age, of keys that were used', { bytes: 16, packets: 1 }, 5000, true],
  ['almost that age', { bytes: 16, packets: 1 }, 4999, false],
  ['age, of keys that nobody has used', {}, 50_000, false],
])('due or not: %s', (_, use, age, isDue) => {
  const used = { ...unused, ...use };
  expect(isRekeyDue(used, unused, 1000, 1000 + age, limits)).toBe(isDue);
  expect(isRekeyDue(unused, used, 1000, 1000 + age, limits)).toBe(isDue);
});

test('RFC 4344 §3.2: 2^(L/4) blocks of L bits, and a gigabyte where blocks are short', () => {
  expect([maximumBytes(16), maximumBytes(8)]).toEqual([2 ** 36, 2 ** 30]);
  const most = rekeyLimits({ bytes: 2 ** 36 });
  const short = { bytes: 2 ** 30, packets: 1, maximumBytes: maximumBytes(8) };
  expect(isRekeyDue(short, unused, 0, 0, most)).toBe(true);
  expect(isRekeyDue({ ...short, maximumBytes: maximumBytes(16) }, unused, 0, 0, most)).toBe(false);
});

test('a sequence number never comes again under the same keys', () => {
  const keys = { key: new Uint8Array(0), iv: new Uint8Array(0), macKey: new Uint8Array(0) };
  const direction = new ProtectedDirection({ cipher: 'x', mac: undefined, compression: 'none' }, keys);
  direction.packets = MAXIMUM_PACKETS - 1;
  direction.count(16);
  expect(() => direction.count(16)).toThrow(KeyExchangeError);
  expect(direction.packets).toBeLessThan(2 ** 32);
});

test('a peer that has begun and is waited for has 30 s', () => {
  const begun = new RekeyPatience(0);
  begun.begun(1000);
  expect(begun.deadline).toBe(31_000);
  expect([begun.isOver(30_999, true), begun.isOver(31_000, true)]).toEqual([false, true]);
  const crumbs = new RekeyPatience(0);
  crumbs.begun(0);
  crumbs.heard(29_000, false, true);
  expect([crumbs.isOver(29_999, true), crumbs.isOver(30_000, true)]).toEqual([false, true]);
});

test('a peer for which nobody waits, and one that has not begun, have 30 s of traffic', () => {
  const silent = new RekeyPatience(0);
  silent.begun(0);
  for (let now = 30_000; now <= 300_000; now += 30_000) {
    expect(silent.deadline).toBe(now);
    expect(silent.isOver(now, false)).toBe(false);
  }
  for (let count = 0; count < 30; count += 1) {
    expect(silent.isOver(300_000 + count * 5000, false)).toBe(false);
    silent.heard(305_000 + count * 5000, true, false);
  }
  expect(silent.isOver(450_000, false)).toBe(true);
  const asleep = new RekeyPatience(0);
  expect(asleep.isOver(1e9, true)).toBe(false);
  for (let second = 1; second < 30; second += 1) asleep.heard(second * 5000, true, true);
  expect(asleep.isOver(1e9, true)).toBe(false);
  asleep.heard(150_000, true, true);
  expect(asleep.isOver(1e9, true)).toBe(true);
});
