/** The start of a server in real workerd, where what a request waits for may end with it. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { formatPrivateKey } from '@nacre/core';
import { testKey } from '../interop/keys.js';
import { startOwnWorker } from './own-worker.js';

test('a client that leaves while the host key is read does not take it from those who come after', async () => {
  const store = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void store.close());
  await once(store, 'listening');
  const KEY_URL = `http://127.0.0.1:${(store.address() as AddressInfo).port}/`;
  const port = await startOwnWorker(onTestFinished, 'start', { KEY_URL });
  const visit = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    return socket;
  };

  const asked = once(store, 'request');
  const first = await visit();
  const [, response] = (await asked) as [unknown, ServerResponse];
  first.close();
  await once(first, 'close');
  const second = await visit();
  const greeted = Promise.race([once(second, 'message'), once(second, 'close').then(() => ['it closed'])]);
  response.end(formatPrivateKey(await testKey('ssh-ed25519')));
  expect(String((await greeted)[0])).toMatch(/^SSH-2\.0-/);
});
