/** Host keys that are loaded on demand, and given anew meanwhile. */
import { expect, test } from 'vitest';
import { offerAll } from '../algorithms/offer.js';
import * as table from '../algorithms/table.js';
import { noble } from '../crypto/noble.js';
import { generateKey } from '../keys/index.js';
import { OwnHostKeys } from './own-host-keys.js';

test('a source that fails late does not have the keys given since then loaded twice', async () => {
  const key = await generateKey('ssh-ed25519');
  let fail: (error: Error) => void = () => undefined;
  let loaded = 0;
  const options = {
    crypto: noble,
    algorithms: offerAll(table),
    requiredRsaSize: 3072,
    warn: () => expect.unreachable(),
  };
  const keys = new OwnHostKeys(() => new Promise((_resolve, reject) => void (fail = reject)), options);
  const late = keys.load();
  keys.use(() => {
    loaded += 1;
    return Promise.resolve([key]);
  });
  const first = keys.load();
  fail(new Error('the store is down'));
  await expect(late).rejects.toThrow('the store is down');
  expect([await first, await keys.load(), loaded]).toEqual([[key], [key], 1]);
});

test('a source that failed is asked again', async () => {
  const key = await generateKey('ssh-ed25519');
  let asked = 0;
  const options = {
    crypto: noble,
    algorithms: offerAll(table),
    requiredRsaSize: 3072,
    warn: () => expect.unreachable(),
  };
  const keys = new OwnHostKeys(() => {
    asked += 1;
    return asked === 1 ? Promise.reject(new Error('the store is down')) : Promise.resolve([key]);
  }, options);
  await expect(keys.load()).rejects.toThrow('the store is down');
  expect([await keys.load(), asked]).toEqual([[key], 2]);
});
