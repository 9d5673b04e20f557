import { ConfigurationError, createServer } from '@nacre/core';
import { expect, test } from 'vitest';
import { checkListening } from './listen-options.js';
import { listen } from './node.js';
import { listenWebSocket } from './node-web-socket.js';

const server = createServer({});

test.each<[unknown, string]>([
  [undefined, 'say where to listen: listen(server, { port: 2222 })'],
  [2222, 'say where to listen'],
  [{}, 'port must be a whole number from 0 to 65535, not undefined'],
  [{ port: '22' }, 'port must be a whole number from 0 to 65535, not 22'],
  [{ port: 65_536 }, 'port must be'],
  [{ port: 2222, hostname: '::' }, '"hostname" is not an option of a listener; there are port, host'],
  [{ port: 2222, host: ['::', 4] }, 'host must be an address or a list of them'],
])('%j: one sentence says what to change', async (options, message) => {
  const given = options as Parameters<typeof listen>[1];
  await expect(listen(server, given)).rejects.toThrow(ConfigurationError);
  await expect(listen(server, given)).rejects.toThrow(message);
  await expect(listenWebSocket(server, given)).rejects.toThrow(message);
});

test('an object that is not a server is refused', async () => {
  for (const wrong of [undefined, 2222, { port: 2222 }])
    await expect(listen(wrong as never, { port: 0 })).rejects.toThrow('the server must be one that createServer made');
});

test('a listener has options of its own besides', () => {
  expect(() => checkListening(server, { port: 0, path: '/ssh' }, ['path'])).not.toThrow();
});
