/** Real workerd, where a socket, and what is waited for, belong to the request that brought or began it. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { formatPrivateKey } from '@nacre/core';
import { testKey } from '../interop/keys.js';
import { bundleWorker, startWorkerd } from './own-worker.js';

/** The default of `limits.unauthenticated`. */
const PLACES = 100;
const TOO_MANY = 20;

interface Subject {
  /** Opens a WebSocket. @throws with the HTTP status of a refusal */
  visit(): Promise<WebSocket>;
  /** Settles when the server asks for its host key. @returns what gives it */
  readonly asked: Promise<() => Promise<void>>;
}

async function start(): Promise<Subject> {
  const store = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void store.close());
  await once(store, 'listening');
  const KEY_URL = `http://127.0.0.1:${(store.address() as AddressInfo).port}/`;
  const folder = await bundleWorker(onTestFinished, 'requests');
  const { port } = await startWorkerd(onTestFinished, folder, { env: { KEY_URL } });
  return {
    visit: async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      onTestFinished(() => socket.terminate());
      await once(socket, 'open');
      return socket;
    },
    asked: once(store, 'request').then(([, response]) => async () => {
      (response as ServerResponse).end(formatPrivateKey(await testKey('ssh-ed25519')));
    }),
  };
}

test('a client that leaves while the host key is read does not take it from those who come after', async () => {
  const { visit, asked } = await start();
  const first = await visit();
  const giveKey = await asked;
  first.close();
  await once(first, 'close');
  const second = await visit();
  const greeted = Promise.race([once(second, 'message'), once(second, 'close').then(() => ['it closed'])]);
  await giveKey();
  expect(String((await greeted)[0])).toMatch(/^SSH-2\.0-/);
});

test.each([
  ['that have begun', true],
  ['that still wait for the host key', false],
])('connections %s and are displaced end, and nobody is answered with an exception', async (_which, hasKey) => {
  const { visit, asked } = await start();
  let ended = 0;
  for (let index = 0; index < PLACES + TOO_MANY; index += 1) {
    const socket = await visit();
    socket.once('close', () => (ended += 1));
    if (index === 0 && hasKey) await (await asked)();
  }
  await expect.poll(() => ended).toBeGreaterThanOrEqual(TOO_MANY);
});
