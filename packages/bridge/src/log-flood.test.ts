/** How much visitors who are not let in can write into the log. */
import { expect, test } from 'vitest';
import { boundFloods } from './log-flood.js';
import type { Log } from './log.js';

test('a flood of refusals is a few records a second, and none of them goes uncounted', () => {
  let now = 0;
  const records: string[] = [];
  const write: Log = (_level, event, message) => records.push(`${event} ${message}`);
  const log = boundFloods(write, () => now);
  for (let count = 0; count < 10_000; count++) log('warn', 'upgrade-denied', 'HTTP 401');
  expect(records).toHaveLength(20);
  log('info', 'link-opened', 'is told always');
  expect(records).toHaveLength(21);
  now = 1_000;
  log('warn', 'upgrade-denied', 'HTTP 401');
  expect(records.at(-1)).toBe('upgrade-denied HTTP 401 (and 9980 more since the last record)');
});
