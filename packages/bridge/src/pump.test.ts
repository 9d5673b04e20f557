/** The pump: byte order, ends, bounds; RFC 6455 close codes on broken input. */
import { simulateWire, testStream } from './testing/simulated-link.js';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { dial } from './dial.js';
import type { LinkEnd } from './link-end.js';
import { MAX_PAYLOAD, pump, socketStream, type ByteStream } from './pump.js';
import {
  closeOf,
  deferred,
  endOf,
  MIB,
  randomPayload,
  readToEnd,
  sha256,
  tcpClient,
  tcpServer,
  webSocketServer,
} from './testing/sockets.js';

/** A TCP client, the pump, and the WebSocket at the far end. */
async function pumped(): Promise<{ client: Socket; far: WebSocket; end: Promise<LinkEnd> }> {
  const far = deferred<WebSocket>();
  const { url } = await webSocketServer((link) => far.resolve(link));
  const end = deferred<LinkEnd>();
  const { port } = await tcpServer((socket) => {
    socket.pause();
    void dial({ url }).then((link) => pump(link, socketStream(socket)).then(end.resolve));
  });
  const client = await tcpClient(port);
  return { client, far: await far.promise, end: end.promise };
}

test('end of the TCP stream: everything read arrives, then Close 1000', async () => {
  const { client, far, end } = await pumped();
  const payload = randomPayload(3 * MIB + 17);
  const received: Buffer[] = [];
  far.on('message', (message: Buffer) => received.push(message));
  const closed = closeOf(far);
  const ended = endOf(client);
  client.end(payload);
  expect((await closed).code).toBe(1000);
  expect(sha256(Buffer.concat(received))).toBe(sha256(payload));
  await expect(ended).resolves.toBe('end');
  await expect(end).resolves.toEqual({ how: 'clean' });
});

test('Close 1000 from the peer: everything sent arrives, then the end of the TCP stream', async () => {
  const { client, far, end } = await pumped();
  const payload = randomPayload(3 * MIB + 17);
  for (let offset = 0; offset < payload.length; offset += 65_536) far.send(payload.subarray(offset, offset + 65_536));
  far.close(1000);
  expect(sha256(await readToEnd(client))).toBe(sha256(payload));
  await expect(end).resolves.toEqual({ how: 'clean' });
});

test('bytes in flight towards a client that has ended its side still reach it', async () => {
  const { client, far } = await pumped();
  const payload = randomPayload(MAX_PAYLOAD);
  far.on('message', () => far.send(payload));
  client.end('x');
  expect(sha256(await readToEnd(client))).toBe(sha256(payload));
});

test.each([
  ['1001', (far: WebSocket) => far.close(1001, 'going away'), 1001],
  ['1011', (far: WebSocket) => far.close(1011, 'boom'), 1011],
  ['no code', (far: WebSocket) => far.close(), 1005],
  ['no Close frame at all', (far: WebSocket) => far.terminate(), 1006],
])('a link that ends with %s is broken: the TCP side is reset, not ended', async (_name, breakLink, code) => {
  const { client, far, end } = await pumped();
  breakLink(far);
  await expect(endOf(client)).resolves.toBe('ECONNRESET');
  await expect(end).resolves.toMatchObject({ how: 'broken', code });
});

test('a TCP side that is reset breaks the link without a Close frame', async () => {
  const { client, far, end } = await pumped();
  const closed = closeOf(far);
  client.resetAndDestroy();
  expect((await closed).code).toBe(1006);
  await expect(end).resolves.toMatchObject({ how: 'failed' });
});

test('a TCP side that is reset before its bytes were read: no end of stream either', async () => {
  const far = deferred<WebSocket>();
  const { url } = await webSocketServer((link) => far.resolve(link));
  const near = deferred<Socket>();
  const { port } = await tcpServer((socket) => near.resolve(socket.pause()));
  const client = await tcpClient(port);
  const link = await dial({ url });
  const closed = closeOf(await far.promise);
  client.write(randomPayload(1000), () => client.resetAndDestroy());
  await once(client, 'close');
  await expect(pump(link, socketStream(await near.promise))).resolves.toMatchObject({ how: 'failed' });
  expect((await closed).code).toBe(1006);
});

test('lent chunks: those that wait for the link are kept, and returned even if the link breaks', async () => {
  const far = deferred<WebSocket>();
  const { url } = await webSocketServer((link) => far.resolve(link));
  const link = await dial({ url });
  (await far.promise).pause();
  const input = new PassThrough();
  const kept = new Set<number>();
  let keeps = 0;
  const keep = (): (() => void) => {
    const number = (keeps += 1);
    kept.add(number);
    return () => void kept.delete(number);
  };
  const end = pump(link, { ...testStream().stream, input, keep });
  while (!input.isPaused()) {
    input.write(randomPayload(65_536));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const whileOpen = keeps;
  expect(whileOpen).toBeGreaterThan(0);
  expect(kept.size).toBeGreaterThan(0);
  link.terminate();
  // Nobody has noticed the break yet.
  input.emit('data', randomPayload(65_536));
  await expect(end).resolves.toMatchObject({ how: 'broken' });
  expect(keeps).toBe(whileOpen);
  expect(kept.size).toBe(0);
});

test('bytes read before the end of the input arrive, even if the output fails meanwhile', async () => {
  const far = deferred<WebSocket>();
  const { url } = await webSocketServer((link) => far.resolve(link));
  const link = await dial({ url });
  const peer = await far.promise;
  peer.pause();
  let produced = 0;
  const input = new Readable({
    highWaterMark: 65_536,
    read() {
      // Ends as soon as the kernel takes no more, so that our own queue is not empty at the end.
      if (link.bufferedAmount > 0) {
        this.push(null);
        return;
      }
      produced += 65_536;
      this.push(Buffer.alloc(65_536));
    },
  });
  const output = new PassThrough();
  const end = pump(link, memoryStream(input, output));
  await once(input, 'end');
  expect(link.bufferedAmount).toBeGreaterThan(0);
  output.destroy(new Error('EPIPE'));
  let received = 0;
  peer.on('message', (message: Buffer) => (received += message.length));
  const closed = closeOf(peer);
  peer.resume();
  expect((await closed).code).toBe(1000);
  expect(received).toBe(produced);
  await expect(end).resolves.toEqual({ how: 'clean' });
});

test('a text frame is answered with 1003 and nothing of it is delivered', async () => {
  const { client, far, end } = await pumped();
  const closed = closeOf(far);
  far.send('text');
  far.send(Buffer.from('binary after it'));
  await expect(endOf(client)).resolves.toBe('ECONNRESET');
  expect(client.bytesRead).toBe(0);
  expect((await closed).code).toBe(1003);
  await expect(end).resolves.toMatchObject({ how: 'broken' });
});

test('a message over the limit is answered with 1009', async () => {
  const { client, far } = await pumped();
  const closed = closeOf(far);
  far.send(Buffer.alloc(MAX_PAYLOAD + 1));
  await expect(endOf(client)).resolves.toBe('ECONNRESET');
  expect((await closed).code).toBe(1009);
});

test('a declared length of 2 GiB is answered with 1009 before any of it is sent', async () => {
  const { client, far } = await pumped();
  const closed = closeOf(far);
  const clientEnd = endOf(client);
  rawSocket(far).write(Buffer.from([0x82, 127, 0, 0, 0, 0, 0x80, 0, 0, 0]));
  expect((await closed).code).toBe(1009);
  await expect(clientEnd).resolves.toBe('ECONNRESET');
});

test('RSV1 without a negotiated extension is answered with 1002', async () => {
  const { client, far } = await pumped();
  const closed = closeOf(far);
  const clientEnd = endOf(client);
  rawSocket(far).write(Buffer.from([0xc2, 1, 0x61]));
  expect((await closed).code).toBe(1002);
  await expect(clientEnd).resolves.toBe('ECONNRESET');
});

test('a link that ends in the middle of a frame delivers the received part and then resets', async () => {
  const { client, far } = await pumped();
  let received = '';
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  const ended = endOf(client);
  far.send(Buffer.from('whole'));
  rawSocket(far).write(Buffer.from([0x82, 10, 0x61, 0x62]));
  // Interop: Node 20 takes a reset for an end if it reads the bytes before it at the same time.
  await expect.poll(() => received).toBe('wholeab');
  rawSocket(far).end();
  await expect(ended).resolves.toBe('ECONNRESET');
});

test('nothing behind a text frame is delivered either, to an output that stays open', async () => {
  const { server, client } = simulateWire();
  const { stream, received, log } = testStream();
  const end = pump(server, stream);
  client.resume();
  client.send('text', { binary: false, compress: false });
  client.send(Buffer.from('bytes'), { binary: true, compress: false });
  expect((await end).how).toBe('broken');
  expect([received().toString(), log[0]]).toEqual(['', 'aborted']);
});

test('an aborted signal breaks the link', async () => {
  const { url } = await webSocketServer(() => undefined);
  const stop = new AbortController();
  const output = new PassThrough();
  const end = pump(await dial({ url }), memoryStream(new PassThrough(), output), stop.signal);
  stop.abort();
  await expect(end).resolves.toMatchObject({ how: 'broken', code: 1006 });
});

test('towards a peer that stopped reading at most 1 MiB is queued, and the rest follows when it reads again', async () => {
  const far = deferred<WebSocket>();
  const { url } = await webSocketServer((link) => far.resolve(link));
  const link = await dial({ url });
  const peer = await far.promise;
  peer.pause();
  const total = 32 * MIB;
  let produced = 0;
  let queued = 0;
  const input = new Readable({
    highWaterMark: 65_536,
    read() {
      queued = Math.max(queued, link.bufferedAmount);
      produced += 65_536;
      this.push(produced > total ? null : Buffer.alloc(65_536));
    },
  });
  const end = pump(link, memoryStream(input, new PassThrough()));
  await expect.poll(() => input.isPaused()).toBe(true);
  // The kernel's buffers take some MiB; what stands still while nobody reads is our own queue.
  const stalledAt = await untilSteady(() => produced);
  expect(stalledAt).toBeLessThan(total);
  expect(queued).toBeLessThanOrEqual(MIB);
  let received = 0;
  peer.on('message', (message: Buffer) => (received += message.length));
  peer.resume();
  await expect(end).resolves.toEqual({ how: 'clean' });
  expect(received).toBe(total);
});

test('towards an output that stopped at most 1 MiB is queued, and the rest follows when it goes on', async () => {
  const total = 64 * MIB;
  const { url } = await webSocketServer((peer) => {
    for (let sent = 0; sent < total; sent += MAX_PAYLOAD) peer.send(Buffer.alloc(MAX_PAYLOAD));
    peer.close(1000);
  });
  let release: (() => void) | undefined;
  let taken = 0;
  let queued = 0;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      taken += chunk.length;
      queued = Math.max(queued, output.writableLength);
      if (taken === chunk.length) release = done;
      else done();
    },
  });
  const link = await dial({ url });
  const end = pump(link, memoryStream(new PassThrough(), output));
  await expect.poll(() => link.isPaused).toBe(true);
  expect(await untilSteady(() => output.writableLength)).toBeLessThanOrEqual(MIB);
  release?.();
  await expect(end).resolves.toEqual({ how: 'clean' });
  expect(taken).toBe(total);
  expect(queued).toBeLessThanOrEqual(MIB);
});

function memoryStream(input: Readable, output: Writable): ByteStream {
  return {
    input,
    output,
    finish: () => new Promise((resolve) => void output.end(() => resolve())),
    abort: () => void output.destroy(),
  };
}

/** The value once ten consecutive readings agree, each a turn of the event loop with I/O apart. */
async function untilSteady(read: () => number): Promise<number> {
  let last = read();
  for (let same = 0; same < 10;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    same = read() === last ? same + 1 : 0;
    last = read();
  }
  return last;
}

/** The TCP connection below a WebSocket, to write what `ws` would not. */
function rawSocket(link: WebSocket): Socket {
  const socket: unknown = Reflect.get(link, '_socket');
  if (socket instanceof Socket) return socket;
  throw new Error('ws has no _socket any more');
}

test('a link that takes no more bytes is broken; EPIPE is said of our own output only', async () => {
  const { client } = simulateWire();
  const end = pump(client, testStream().stream);
  client.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  client.terminate();
  expect(await end).toMatchObject({ how: 'broken', code: 1006 });
});
