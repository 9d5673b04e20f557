import { ManualClock } from '@nacre/core/testing';
import { expect, test } from 'vitest';
import { acceptAll } from './accept-loop.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A listener whose answers the test gives. */
function start() {
  let answer: { resolve: (name: string) => void; reject: (error: Error) => void } | undefined;
  let asked = 0;
  let isClosed = false;
  const served: string[] = [];
  const clock = new ManualClock();
  const listener = {
    accept: () => {
      asked += 1;
      return new Promise<string>((resolve, reject) => {
        answer = { resolve, reject };
      });
    },
  };
  const serve = (name: string): void => {
    if (name === 'gone') throw new Error('it was reset before it could be served');
    served.push(name);
  };
  const over = acceptAll(listener, serve, () => isClosed, clock);
  return {
    over,
    clock,
    served,
    asked: () => asked,
    comes: (name: string) => (answer?.resolve(name), turn()),
    fails: () => (answer?.reject(new Error('too many open files')), turn()),
    isReset: (name: string) => (answer?.reject(Object.assign(new Error('os error'), { name })), turn()),
    closes: () => {
      isClosed = true;
      answer?.reject(new Error('the listener was closed'));
    },
  };
}

test('goes on, a little later, when a connection cannot be taken', async () => {
  const { comes, fails, clock, served, asked } = start();
  await comes('one');
  await fails();
  expect(asked()).toBe(2);
  clock.advance(100);
  await turn();
  await comes('two');
  expect(served).toEqual(['one', 'two']);
});

test('takes the next at once when a connection was reset before it was taken', async () => {
  const { comes, isReset, served } = start();
  await isReset('NotConnected');
  await isReset('ConnectionReset');
  await isReset('ConnectionAborted');
  await comes('next');
  expect(served).toEqual(['next']);
});

test('goes on when a connection is gone before it is served', async () => {
  const { comes, clock, served } = start();
  await comes('gone');
  clock.advance(100);
  await turn();
  await comes('next');
  expect(served).toEqual(['next']);
});

test('ends when the listener is closed, and asks no more', async () => {
  const { closes, over, asked } = start();
  closes();
  await over;
  expect(asked()).toBe(1);
});
