/** OpenSSH's PROTOCOL §1.8: which answer settles which question. */
import { expect, test } from 'vitest';
import { LimitError } from '../errors.js';
import { Pings } from './pings.js';

const turns = async (): Promise<void> => {
  for (let index = 0; index < 5; index += 1) await Promise.resolve();
};

test('an answer settles the first that waits, and only by the bytes that it was asked with', async () => {
  const pings = new Pings();
  const asked: Uint8Array[] = [];
  const settled: number[] = [];
  for (const number of [0, 1]) void pings.ping((data) => void asked.push(data)).then(() => settled.push(number));
  const [first, second] = asked as [Uint8Array, Uint8Array];
  for (const wrong of [new Uint8Array(0), first.subarray(1), second]) pings.pong(wrong);
  await turns();
  expect(settled).toEqual([]);
  pings.pong(first);
  pings.pong(first);
  await turns();
  expect(settled).toEqual([0]);
  pings.pong(second);
  await turns();
  expect(settled).toEqual([0, 1]);
  expect(pings.isWaiting).toBe(false);
  pings.pong(second);
});

test('16 may wait; one more is refused, unsent, until the first of them has its answer', async () => {
  const pings = new Pings();
  const asked: Uint8Array[] = [];
  const ask = (): Promise<void> => pings.ping((data) => void asked.push(data));
  const waiting = Array.from({ length: 16 }, ask);
  await expect(ask()).rejects.toThrow(LimitError);
  expect(asked).toHaveLength(16);
  pings.pong(asked[0]!);
  waiting.push(ask());
  for (const data of asked.slice(1)) pings.pong(data);
  await Promise.all(waiting);
});
