import { expect, test } from 'vitest';
import { noble } from '../../crypto/noble.js';
import { failureDelay } from './failure-delay.js';

test('at least 5 ms and at most 9, the same for a user each time, and another for others and on other servers', () => {
  const delay = failureDelay(noble);
  const users = Array.from({ length: 100 }, (_, index) => `user ${index}`);
  const waits = users.map((user) => delay(user, 0));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...waits)).toBeLessThan(9);
  expect(users.map((user) => delay(user, 0))).toEqual(waits);
  expect(new Set(waits).size).toBeGreaterThan(90);
  expect(users.map((user) => failureDelay(noble)(user, 0))).not.toEqual(waits);
});

test('the time that has passed counts; what took longer is told to the next doubling, and what took very long not at all', () => {
  const delay = failureDelay(noble);
  const least = delay('ada', 0);
  expect(3 + delay('ada', 3)).toBeCloseTo(least);
  for (const elapsed of [10, 50, 333, 2000]) {
    const doublings = Math.log2((elapsed + delay('ada', elapsed)) / least);
    expect(doublings).toBeCloseTo(Math.round(doublings));
    expect(delay('ada', elapsed)).toBeLessThanOrEqual(elapsed);
  }
  expect(delay('ada', 6000)).toBe(0);
});
