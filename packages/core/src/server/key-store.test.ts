import { expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { ConfigurationError } from '../errors.js';
import { fingerprint } from '../keys/index.js';
import { createServer } from './create-server.js';
import { keyStore, memoryKeyStore, type KeyPlace, type KeyStore } from './key-store.js';
import type { LogRecord } from './log/log.js';

const shown = async (store: KeyStore): Promise<string> => fingerprint((await store.load())[0]!.publicKey);

function place(over: Partial<KeyPlace> = {}): KeyPlace & { text: string | undefined } {
  const it: KeyPlace & { text: string | undefined } = {
    name: 'a place',
    isDurable: true,
    text: undefined,
    read: () => it.text,
    add: (text: string): void => void (it.text ??= text),
    ...over,
  };
  return it;
}

test('a key is made at first, and kept', async () => {
  const kept = place();
  const first = await shown(keyStore(kept));
  expect(kept.text).toContain('OPENSSH PRIVATE KEY');
  expect(await shown(keyStore(kept))).toBe(first);
});

test('of two that begin at once both have the key of the first', async () => {
  const kept = place();
  const [one, other] = await Promise.all([shown(keyStore(kept)), shown(keyStore(kept))]);
  expect(one).toBe(other);
});

test('a server over a store that cannot write fails at its start, in one sentence', async () => {
  const readOnly = place({ add: () => Promise.reject(new Error('EROFS')) });
  const server = createServer({ hostKeys: keyStore(readOnly) });
  const failure = server.ready();
  await expect(failure).rejects.toThrow(ConfigurationError);
  await expect(failure).rejects.toThrow(
    'no host key is kept in a place, and none can be written there: make it writable, or give `hostKeys` themselves',
  );
});

test('a store with something else in it fails in one sentence that names it, and does not quote it', async () => {
  const failure = keyStore(place({ read: () => 'something secret' })).load();
  await expect(failure).rejects.toThrow(ConfigurationError);
  await expect(failure).rejects.toThrow(/^the host key in a place cannot be read .*: move it away/);
  await expect(failure).rejects.not.toThrow('something secret');
});

test('a store that forgets is refused', async () => {
  await expect(async () => keyStore(place({ add: () => undefined })).load()).rejects.toThrow('does not keep');
});

test.each([
  ['no store', undefined, 1],
  ['a store in memory', memoryKeyStore(), 1],
  ['a durable store', keyStore(place()), 0],
])('%s: so many warnings', async (_name, hostKeys, warnings) => {
  const log: LogRecord[] = [];
  const hooks = { log: (record: LogRecord): void => void log.push(record) };
  const server = createServer({ hooks, ...(hostKeys && { hostKeys }) });
  await server.ready();
  await server.ready();
  await server.hostKeys();
  expect(log.filter(({ priority }) => priority === 4).length).toBe(warnings);
});

test('a store makes its key by the provider of the server', async () => {
  let made = 0;
  const ed25519 = { ...noble.ed25519, generate: () => ((made += 1), noble.ed25519.generate()) };
  const server = createServer({ crypto: { ...noble, ed25519 }, hostKeys: memoryKeyStore() });
  await server.ready();
  expect(made).toBe(1);
});

test('what makes keys on demand is not asked before the first connection', async () => {
  let asked = 0;
  const server = createServer({ hostKeys: () => ((asked += 1), memoryKeyStore().load()) });
  await server.ready();
  expect(asked).toBe(0);
  await server.hostKeys();
  expect(asked).toBe(1);
});
