/** RFC 1122 §4.2.2.13: the end of a connection whose peer has more to say. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { endGracefully } from './linger.js';
import { fakeTime } from './testing/faked-time.js';
import { deferred, readToEnd, tcpClient, tcpServer } from './testing/sockets.js';

const KIB = 1024;

/** A connection that the server ends, and the client. */
async function ended(): Promise<{ readonly served: Socket; readonly client: Socket }> {
  const arrived = deferred<Socket>();
  const { port } = await tcpServer(arrived.resolve);
  const client = await tcpClient(port);
  const served = await arrived.promise;
  // No time passes.
  fakeTime();
  served.write('no');
  endGracefully(served);
  return { served, client };
}

test('a peer that reads the end, and ends after 256 KiB, has sent all of it', async () => {
  const { served, client } = await ended();
  const closed = once(served, 'close');
  client.write(Buffer.alloc(256 * KIB));
  expect(String(await readToEnd(client))).toBe('no');
  client.end();
  await closed;
  expect(served.bytesRead).toBe(256 * KIB);
});

test('Security: a peer that sends on without end is cut off, however fast it is', async () => {
  const { served, client } = await ended();
  client.on('error', () => undefined);
  const chunk = Buffer.alloc(64 * KIB);
  const send = (): void => void (client.destroyed || client.write(chunk, send));
  send();
  await once(served, 'close');
  expect(served.bytesRead).toBeGreaterThan(256 * KIB);
});
