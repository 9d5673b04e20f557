import { afterEach, expect, test, vi } from 'vitest';
import { sealInStretches, sealsOnThisThread } from './paced-sealing.js';

const PACKET = 32 * 1024;

afterEach(() => vi.unstubAllGlobals());

test('each 128 KiB wait until the thread has had a turn; the packets before do not', async () => {
  const events: string[] = [];
  let endTurn: () => void = () => undefined;
  const turn = (): Promise<void> => {
    events.push('turn');
    return new Promise((resolve) => (endTurn = resolve));
  };
  const seal = (nonce: Uint8Array): Promise<void> => Promise.resolve(void events.push(`sealed ${nonce[0]}`));
  const paced = sealInStretches({ seal, open: () => Promise.resolve(undefined) }, turn);
  expect(paced.sealsInTurn).toBe(true);
  const sealAll = async (): Promise<void> => {
    for (let index = 0; index < 6; index += 1) await paced.seal(Uint8Array.of(index), new Uint8Array(PACKET), 4);
  };
  const all = sealAll();
  await new Promise(setImmediate);
  expect(events).toEqual(['sealed 0', 'sealed 1', 'sealed 2', 'sealed 3', 'turn']);
  endTurn();
  await all;
  expect(events.slice(5)).toEqual(['sealed 4', 'sealed 5']);
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
