/** The PROXY protocol on a port: what happens to a balancer that keeps its header to itself. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseNetworks } from '../net/networks.js';
import { fakeTime } from '../testing/faked-time.js';
import { endOf, tcpClient } from '../testing/sockets.js';
import { expectProxyHeaders } from './accept.js';

test('Security: a balancer may take 5 s for its header', async () => {
  fakeTime();
  const passed: Socket[] = [];
  const server = createServer((socket) => passed.push(socket));
  onTestFinished(() => void server.close());
  expectProxyHeaders(
    server,
    () => parseNetworks(['127.0.0.1']),
    () => undefined,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = await tcpClient((server.address() as AddressInfo).port);
  client.write('PROXY TCP4 ');
  const [served] = await accepted;
  vi.advanceTimersByTime(4_999);
  expect(served.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(served.destroyed).toBe(true);
  await endOf(client);
  expect(passed).toEqual([]);
});
