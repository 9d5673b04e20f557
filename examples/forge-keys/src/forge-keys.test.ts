/** Logins with keys from a stand-in for a forge, on loopback. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connect, acceptAnyHostKey, createServer, formatPublicKey, generateKey, type PrivateKey } from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { forgeKeys } from './forge-keys.js';

async function startForge(
  listener: RequestListener,
): Promise<{ readonly address: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const forge = createHttpServer((request, response) => {
    asked.push(request.url!);
    listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(forge, 'listening');
  onTestFinished(() => {
    forge.closeAllConnections();
    forge.close();
  });
  return { address: `http://127.0.0.1:${(forge.address() as AddressInfo).port}/`, asked };
}

/** Tries to log in with `keys`, in turn. @returns the user, or the name of the error. */
async function logIn(forge: string, user: string, keys: readonly PrivateKey[]): Promise<string> {
  const server = createServer({
    crypto: nodeCrypto,
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: { authorizedKeys: forgeKeys(forge) },
    session: async (session) => session.print(session.user),
  });
  onTestFinished(() => server.close());
  const [near, far] = memoryLinks();
  void server.accept(far);
  const credentials = keys.map((key) => ({ method: 'publickey', key }) as const);
  try {
    const client = await connect(near, {
      user,
      credentials,
      crypto: nodeCrypto,
      verifyHostKey: acceptAnyHostKey(() => undefined),
    });
    return Buffer.from((await client.exec('whoami')).stdout).toString();
  } catch (error) {
    return (error as Error).name;
  }
}

const [anna, laptop, eve] = await Promise.all([1, 2, 3].map(() => generateKey('ssh-ed25519')));
const KEYS = [anna!, laptop!].map((key) => `${formatPublicKey(key.public)}\n`).join('');

test('any of the keys that one has at the forge logs in, and the forge is asked once', async () => {
  const { address, asked } = await startForge(({ url }, response) => response.end(url === '/anna.keys' ? KEYS : ''));
  expect(await logIn(address, 'anna', [anna!])).toBe('anna');
  expect(asked).toEqual(['/anna.keys']);
  expect(await logIn(address, 'anna', [eve!, laptop!])).toBe('anna');
  expect(asked).toEqual(['/anna.keys', '/anna.keys']);
});

test('the keys of another do not, nor who has none', async () => {
  const { address } = await startForge(({ url }, response) => response.end(url === '/anna.keys' ? KEYS : ''));
  expect(await logIn(address, 'anna', [eve!])).toBe('AuthenticationError');
  expect(await logIn(address, 'ben', [anna!])).toBe('AuthenticationError');
});

test.each(['../anna', 'anna?x=', 'anna/', '-anna', '%61nna', '//evil', 'a'.repeat(40), ''])(
  'Security: the forge is not asked about "%s"',
  async (user) => {
    const { address, asked } = await startForge((_request, response) => response.end(KEYS));
    expect(await logIn(address, user, [anna!])).not.toBe(user);
    expect(asked).toEqual([]);
  },
);

test.each<[string, RequestListener]>([
  ['has no such user', (_request, response) => response.writeHead(404).end(KEYS)],
  [
    'leads elsewhere',
    ({ url }, response) =>
      url === '/anna.keys' ? response.writeHead(302, { location: '/other.keys' }).end() : response.end(KEYS),
  ],
  ['sends without end', (_request, response) => response.end(KEYS + '#'.repeat(70_000))],
  ['hangs up', (_request, response) => response.destroy()],
])('a forge that %s lets nobody in', async (_what, listener) => {
  const { address } = await startForge(listener);
  expect(await logIn(address, 'anna', [anna!])).toBe('AuthenticationError');
});
