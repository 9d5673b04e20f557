/** What handlers of a connection leave unread. */
import { expect, test } from 'vitest';
import { Mailbox } from './mailbox.js';

async function all(values: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const value of values) found.push(value);
  return found;
}

test('a loop that is left keeps nothing of what is posted later, and others go on', async () => {
  const mailbox = new Mailbox();
  const [left, other] = [mailbox.read(), mailbox.read()];
  mailbox.post('first');
  for await (const value of left) {
    expect(value).toBe('first');
    break;
  }
  mailbox.post('second');
  mailbox.end();
  expect(await all(left)).toEqual([]);
  expect(await all(other)).toEqual(['first', 'second']);
});

test('a value that is awaited when its reader is left never comes', async () => {
  const mailbox = new Mailbox();
  const reader = mailbox.read()[Symbol.asyncIterator]();
  const awaited = reader.next();
  await reader.return?.();
  mailbox.post('late');
  expect(await awaited).toEqual({ done: true, value: undefined });
});
