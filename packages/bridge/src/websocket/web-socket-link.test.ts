/** Our WebSocket against that of `ws`, in both roles, over TCP on loopback. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { fakeTime } from '../testing/faked-time.js';
import { closeOf, deferred, MIB, randomPayload, sha256 } from '../testing/sockets.js';
import { acceptWebSocket, upgradeFault } from './accept.js';
import { decodeClosePayload, encodeClosePayload, FrameError } from './frames.js';
import { WebSocketLink } from './web-socket-link.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const BINARY = { binary: true, compress: false } as const;

async function accepting(
  deliver: 'messages' | 'pieces',
  maxPayload = MIB,
): Promise<{ port: number; link: Promise<WebSocketLink> }> {
  const link = deferred<WebSocketLink>();
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    const accepted = acceptWebSocket(request, socket, head, { deliver, maxPayload });
    accepted.on('error', () => undefined);
    accepted.resume();
    onTestFinished(() => accepted.terminate());
    link.resolve(accepted);
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, link: link.promise };
}

async function withClient(deliver: 'messages' | 'pieces'): Promise<{ client: WebSocket; link: WebSocketLink }> {
  const { port, link } = await accepting(deliver);
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  client.on('error', () => undefined);
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  return { client, link: await link };
}

test.each([0, 1, 125, 126, 4096, 4097, 65_535, 65_536, MIB])(
  'a message of %i bytes, there and back',
  async (length) => {
    const { client, link } = await withClient('messages');
    link.on('message', (message, isBinary) => link.send(message, { ...BINARY, binary: isBinary }));
    const payload = randomPayload(length);
    client.send(payload);
    const [echo] = (await once(client, 'message')) as [Buffer];
    expect(sha256(echo)).toBe(sha256(payload));
  },
);

test('text stays text, fragments become one message, an empty ping is answered by a pong', async () => {
  const { client, link } = await withClient('messages');
  const messages: [string, boolean][] = [];
  link.on('message', (message, isBinary) => messages.push([message.toString(), isBinary]));
  link.on('ping', (payload) => link.pong(payload));
  client.send('one', { fin: false });
  client.send('two', { fin: true });
  client.ping('p');
  const [pong] = (await once(client, 'pong')) as [Buffer];
  expect(pong.toString()).toBe('p');
  expect(messages).toEqual([['onetwo', false]]);
});

test('several messages at once are one write', () => {
  const writes: Buffer[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(chunk);
      done();
    },
    writev: (chunks, done) => {
      writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)));
      done();
    },
  });
  const link = new WebSocketLink(socket, Buffer.alloc(0), { role: 'server', maxPayload: MIB, deliver: 'messages' });
  onTestFinished(() => link.terminate());
  link.sendAll([Buffer.from('ab'), Buffer.alloc(0), Buffer.alloc(5000, 'x')], BINARY);
  link.send(Buffer.from('c'), BINARY);
  expect(writes.map((bytes) => bytes.toString('hex'))).toEqual([`820261628200827e1388${'78'.repeat(5000)}`, '820163']);
});

test('in pieces nothing is put together, and no byte is lost', async () => {
  const { client, link } = await withClient('pieces');
  const payload = randomPayload(MIB);
  const received: Buffer[] = [];
  link.on('message', (piece) => received.push(piece));
  const closed = closeOf(client);
  client.send(payload);
  client.close(1000, 'enough');
  expect(await closed).toEqual({ code: 1000, reason: '' });
  expect(sha256(Buffer.concat(received))).toBe(sha256(payload));
});

test('Close from our side: sent data arrives first, then code and reason', async () => {
  const { client, link } = await withClient('messages');
  const lengths: number[] = [];
  client.on('message', (message: Buffer) => lengths.push(message.length));
  const [theirs, ours] = [closeOf(client), codeOf(link)];
  for (let index = 0; index < 10; index++) link.send(randomPayload(MIB), BINARY);
  link.close(4001, 'replaced');
  expect(await theirs).toEqual({ code: 4001, reason: 'replaced' });
  expect(await ours).toBe(4001);
  expect(lengths).toEqual(Array.from({ length: 10 }, () => MIB));
});

test('a peer that leaves without Close: 1006', async () => {
  const { client, link } = await withClient('messages');
  const closed = codeOf(link);
  client.terminate();
  expect(await closed).toBe(1006);
});

test('a paused link reads nothing: the sender is held up', async () => {
  const { client, link } = await withClient('pieces');
  link.pause();
  let received = 0;
  link.on('message', (piece) => (received += piece.length));
  const piece = randomPayload(MIB);
  for (let index = 0; index < 64; index++) client.send(piece);
  await new Promise((resolve) => setImmediate(resolve));
  expect(received).toBe(0);
  expect(client.bufferedAmount).toBeGreaterThan(30 * MIB);
});

/** Unlike `once`, which an error event would end early. */
function codeOf(link: WebSocketLink): Promise<number> {
  return new Promise((resolve) => link.on('close', resolve));
}

async function rawClient(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  return socket;
}

test('§1.3: the answer to the key of the RFC', async () => {
  const { port } = await accepting('messages');
  const socket = await rawClient(port);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
});

test('broken framing: the Close code, then the end, and nothing of it is delivered', async () => {
  const { port, link } = await accepting('messages', 1024);
  const socket = await rawClient(port);
  await once(socket, 'data');
  const ours = await link;
  const messages: Buffer[] = [];
  ours.on('message', (message) => messages.push(message));
  const closed = codeOf(ours);
  const bytes: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => bytes.push(chunk));
  socket.write(Buffer.from('82ff000000008000000000000000', 'hex'));
  await once(socket, 'end');
  expect(Buffer.concat(bytes).readUInt16BE(2)).toBe(1009);
  expect(await closed).toBe(1006);
  expect(messages).toEqual([]);
});

test.each([
  ['01', 1002],
  ['03ec', 1002],
  ['03ee', 1002],
  ['07d0', 1002],
  ['1388', 1002],
  ['03e8ff', 1007],
])('§7.4: a Close frame with %s is answered with %i', (hex, code) => {
  expect(() => decodeClosePayload(Buffer.from(hex, 'hex'))).toThrow(FrameError);
  try {
    decodeClosePayload(Buffer.from(hex, 'hex'));
  } catch (error) {
    expect(error).toMatchObject({ closeCode: code });
  }
});

test('a reason too long for a control frame is cut between characters', () => {
  const payload = encodeClosePayload(1000, 'ü'.repeat(200));
  expect(payload.length).toBeLessThanOrEqual(125);
  expect(decodeClosePayload(payload).reason).toBe('ü'.repeat(61));
});

test.each([
  ['another version', { 'sec-websocket-version': '8' }, 426],
  ['no key', { 'sec-websocket-key': '' }, 400],
  ['a key of the wrong length', { 'sec-websocket-key': 'AAAA' }, 400],
  ['another protocol', { upgrade: 'h2c' }, 426],
  ['a body', { 'content-length': '5' }, 400],
  ['a body in chunks', { 'transfer-encoding': 'chunked' }, 400],
  ['HTTP/1.0', {}, 400, 'HTTP/1.0'],
])('an upgrade with %s is not accepted', async (_name, changed, status, version = 'HTTP/1.1') => {
  const fault = deferred<number | undefined>();
  const server = createServer().on('upgrade', (request, socket) => {
    fault.resolve(upgradeFault(request)?.status);
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  socket.on('error', () => undefined);
  const fields = {
    host: 'x',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...changed,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET / ${version}\r\n${lines.join('\r\n')}\r\n\r\n`);
  expect(await fault.promise).toBe(status);
});

/** A link of the server's role, and what pushes a chunk of its own memory into it. */
function linkOf(
  deliver: 'messages' | 'pieces',
  { takes = true } = {},
): { link: WebSocketLink; push: (chunk: Buffer | null) => Promise<void> } {
  const socket = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => void (takes && done()),
    final: (done) => done(),
  });
  const link = new WebSocketLink(socket, Buffer.alloc(0), { role: 'server', maxPayload: MIB, deliver });
  link.resume();
  const push = async (chunk: Buffer | null): Promise<void> => {
    socket.push(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { link, push };
}

test('after a broken frame nothing more is heard, and the break is told once', async () => {
  const { link, push } = linkOf('pieces');
  const errors: Error[] = [];
  const messages: Buffer[] = [];
  link.on('error', (error) => errors.push(error));
  link.on('message', (message) => messages.push(message));
  await push(Buffer.from('c28000000000', 'hex'));
  await push(Buffer.from('c28000000000', 'hex'));
  await push(Buffer.from('82810000000041', 'hex'));
  expect([errors.length, messages.length]).toEqual([1, 0]);
});

test('a message that comes a byte a chunk holds its bytes and not the chunks', async () => {
  const { link, push } = linkOf('messages');
  const messages: string[] = [];
  link.on('message', (message) => messages.push(message.toString()));
  const chunks: WeakRef<ArrayBuffer>[] = [];
  const pings = Buffer.concat(Array.from({ length: 500 }, () => Buffer.from('898000000000', 'hex')));
  for (let index = 0; index < 8; index++) {
    const chunk = Buffer.concat([Buffer.from([index === 0 ? 1 : 0, 0x81, 0, 0, 0, 0, 65 + index]), pings]);
    const own = new Uint8Array(chunk).buffer;
    chunks.push(new WeakRef(own));
    await push(Buffer.from(own));
  }
  collectGarbage();
  // The last may still be on the stack of whoever pushed it.
  expect(chunks.filter((chunk) => chunk.deref() !== undefined).length).toBeLessThan(3);
  await push(Buffer.from('808000000000', 'hex'));
  expect(messages).toEqual(['ABCDEFGH']);
});

test('§7.1.1: a server that has closed and leaves the connection open does not hold a client up', async () => {
  const server = createTcpServer((socket) => {
    onTestFinished(() => void socket.destroy());
    socket.write(Buffer.of(0x88, 2, 0x03, 0xe8));
    socket.resume();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  const link = new WebSocketLink(socket, Buffer.alloc(0), { role: 'client', deliver: 'messages', maxPayload: MIB });
  link.resume();
  expect((await once(link, 'close'))[0]).toBe(1000);
});

test('Security: a peer that ends without a Close, and leaves unread what it was sent, keeps nothing', async () => {
  const { link, push } = linkOf('messages', { takes: false });
  const closed = once(link, 'close');
  link.send(Buffer.alloc(100_000), BINARY);
  await push(null);
  expect((await closed)[0]).toBe(1006);
});

test('§7.1.1: a peer that does not answer our Close for 30 s is not waited for', async () => {
  fakeTime();
  const { link } = linkOf('messages');
  const codes: number[] = [];
  link.on('close', (code) => codes.push(code));
  link.close(1000);
  vi.advanceTimersByTime(29_999);
  await new Promise((resolve) => setImmediate(resolve));
  expect(codes).toEqual([]);
  vi.advanceTimersByTime(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(codes).toEqual([1006]);
});
