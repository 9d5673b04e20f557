import { afterEach, expect, test, vi } from 'vitest';
import { paceSealing, sealsOnThisThread } from './paced-sealing.js';

afterEach(() => vi.unstubAllGlobals());

test('each 64 KiB are followed by a turn for other work', () => {
  const turn = Promise.resolve();
  const pace = paceSealing(() => turn);
  const paces = Array.from({ length: 10 }, () => pace(32 * 1024));
  expect(paces.map((each) => each === turn)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1].map(Boolean));
});

test.each([
  ['at once', () => Promise.resolve(), true],
  ['later, on other threads', () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))), false],
])('where WebCrypto seals %s, that is seen', async (_when, sealed, expected) => {
  vi.stubGlobal('scheduler', { postTask: (task: () => void) => new Promise(setImmediate).then(task) });
  vi.stubGlobal('crypto', { subtle: { importKey: () => Promise.resolve({}), encrypt: sealed } });
  expect(await sealsOnThisThread()).toBe(expected);
});

test('a runtime without a scheduler has no turns to give', async () => {
  expect('scheduler' in globalThis).toBe(false);
  expect(await sealsOnThisThread()).toBe(false);
});
