/** Places for visitors that are not let in yet, and who they are. */
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { tcpClient, tcpServer } from '../testing/sockets.js';
import { parseNetworks } from './networks.js';
import { createVisitors, VISITOR_LIMITS, type Visitors } from './visitors.js';

/** The server's side of a connection, and the client's. */
async function connection(): Promise<{ readonly served: Socket; readonly client: Socket }> {
  const arrived: Socket[] = [];
  const { port } = await tcpServer((socket) => arrived.push(socket));
  const client = await tcpClient(port);
  while (arrived.length === 0) await new Promise(setImmediate);
  return { served: arrived[0] as Socket, client };
}

test('one source has so many places; being let in, or leaving, gives one back', async () => {
  const visitors = createVisitors({ ...VISITOR_LIMITS, maxPendingPerSource: 2 });
  const [first, second, third] = [await connection(), await connection(), await connection()];
  expect([visitors.arrive(first.served), visitors.arrive(second.served)]).toEqual([true, true]);
  expect(visitors.arrive(third.served)).toBe(false);
  visitors.letIn(first.served);
  visitors.letIn(first.served);
  expect(visitors.arrive(third.served)).toBe(true);
  const fourth = await connection();
  expect(visitors.arrive(fourth.served)).toBe(false);
  second.served.destroy();
  await new Promise((resolve) => second.served.once('close', resolve));
  expect(visitors.arrive(fourth.served)).toBe(true);
});

test('two connections from one port, to two addresses of this machine, are two visitors', async () => {
  const arrived: Socket[] = [];
  const server = createServer((socket) => void arrived.push(socket.on('error', () => undefined)));
  onTestFinished(() => {
    server.close();
    for (const socket of arrived) socket.destroy();
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const visit = async (host: string, localPort: number): Promise<number> => {
    const client = connect({ host, port, localAddress: '127.0.0.1', localPort });
    onTestFinished(() => void client.destroy());
    await once(client, 'connect');
    return client.localPort ?? 0;
  };
  const same = await visit('127.0.0.1', 0);
  await visit('127.0.0.2', same);
  await expect.poll(() => arrived, { interval: 5 }).toHaveLength(2);
  const [first, second] = arrived as [Socket, Socket];
  const visitors = createVisitors(VISITOR_LIMITS);
  const introduce = (socket: Socket, address: string): void => {
    visitors.introduce(socket, { address, port: 1 });
    visitors.arrive(socket);
  };
  introduce(first, '203.0.113.7');
  introduce(second, '203.0.113.8');
  expect([first, second].map((socket) => visitors.behind(new IncomingMessage(socket)).address)).toEqual([
    '203.0.113.7',
    '203.0.113.8',
  ]);
});

test('a trusted proxy has all places there are', async () => {
  const limits = { ...VISITOR_LIMITS, maxPendingPerSource: 1, maxPending: 2 };
  const visitors = createVisitors(limits, () => parseNetworks(['127.0.0.1']));
  const sockets = [await connection(), await connection(), await connection()].map(({ served }) => served);
  expect(sockets.map((socket) => visitors.arrive(socket))).toEqual([true, true, false]);
});

test('Security: failures of ten thousand sources are remembered, not of all there ever were', () => {
  const visitors = createVisitors({ ...VISITOR_LIMITS, maxFailures: 1 });
  const source = (number: number): string =>
    `2001:db8:${(number >> 8).toString(16)}:${(number & 0xff).toString(16)}::1`;
  for (let number = 0; number < 10_000; number++) visitors.fail(source(number));
  expect(visitors.hasFailedTooOften(source(0))).toBe(true);
  visitors.fail(source(10_000));
  expect([0, 1, 10_000].map((number) => visitors.hasFailedTooOften(source(number)))).toEqual([false, true, true]);
});

test('failures are counted for a while', () => {
  let now = 0;
  const limits = { ...VISITOR_LIMITS, maxFailures: 2, failureWindow: 1_000 };
  const visitors = createVisitors(limits, undefined, () => now);
  visitors.fail('203.0.113.7');
  expect(visitors.hasFailedTooOften('203.0.113.7')).toBe(false);
  visitors.fail('203.0.113.7');
  expect(visitors.hasFailedTooOften('203.0.113.7')).toBe(true);
  expect(visitors.hasFailedTooOften('203.0.113.8')).toBe(false);
  now = 1_000;
  expect(visitors.hasFailedTooOften('203.0.113.7')).toBe(false);
});

async function behind(visitors: Visitors, forwarded: string): Promise<string> {
  const { served } = await connection();
  const request = new IncomingMessage(served);
  request.headersDistinct['x-forwarded-for'] = [forwarded];
  return visitors.behind(request).address;
}

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['198.51.100.1, 203.0.113.9', '203.0.113.9'],
  ['198.51.100.1, 203.0.113.9, 10.0.0.1', '203.0.113.9'],
  ['203.0.113.9, nonsense', '127.0.0.1'],
  ['', '127.0.0.1'],
])('X-Forwarded-For "%s" of a trusted proxy names %s', async (forwarded, address) => {
  const visitors = createVisitors(VISITOR_LIMITS, () => parseNetworks(['127.0.0.1', '10.0.0.0/8']));
  expect(await behind(visitors, forwarded)).toBe(address);
});

test('X-Forwarded-For from a peer that is not trusted is ignored', async () => {
  expect(await behind(createVisitors(VISITOR_LIMITS), '203.0.113.9')).toBe('127.0.0.1');
});
