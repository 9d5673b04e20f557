import { expect, test } from 'vitest';
import { connect } from './client/client.js';
import { generateKey } from './keys/index.js';
import type { LinkReceiver } from './link.js';
import { createServer } from './server/create-server.js';
import { FakeWebSocket } from './testing/fake-web-socket.js';
import { ManualClock } from './testing/manual-clock.js';
import { memoryLinks } from './testing/memory-link.js';
import { fromWebSocket } from './web-socket-link.js';

const KIB = 1024;

function recorder(): LinkReceiver & { readonly events: string[] } {
  const events: string[] = [];
  return {
    events,
    chunk: (bytes) => events.push(`chunk ${bytes.join(',')}`),
    end: (error) => events.push(error instanceof Error ? `end: ${error.message}` : 'end'),
    drain: () => events.push('drain'),
  };
}

function openSocket(): FakeWebSocket {
  const socket = new FakeWebSocket();
  socket.opens();
  return socket;
}

test('asks for array buffers, because blobs would have to be read asynchronously', () => {
  const socket = openSocket();
  fromWebSocket(socket);
  expect(socket.binaryType).toBe('arraybuffer');
});

test('keeps what comes before the link is opened, in order', () => {
  const socket = openSocket();
  const link = fromWebSocket(socket);
  socket.receives(Uint8Array.of(1));
  socket.receives(Uint8Array.of(2));
  socket.ends(1000);
  const receiver = recorder();
  link.open(receiver);
  expect(receiver.events).toEqual(['chunk 1', 'chunk 2', 'end']);
});

test('abandons a socket whose peer sends without end before the link is opened', () => {
  const socket = openSocket();
  fromWebSocket(socket);
  for (let sent = 0; sent <= 128 * KIB; sent += 64 * KIB) socket.receives(new Uint8Array(64 * KIB));
  expect(socket.closed).toEqual({ code: 4000 });
});

test('sends what was written before the socket was open, then asks for more', () => {
  const socket = new FakeWebSocket();
  const link = fromWebSocket(socket);
  const receiver = recorder();
  link.open(receiver);
  expect(link.write(Uint8Array.of(7))).toBe(false);
  expect(socket.sent).toEqual([]);
  socket.opens();
  expect(socket.sent).toEqual([Uint8Array.of(7)]);
  expect(receiver.events).toEqual(['drain']);
});

test('a chunk of bulk data is one frame, a longer one is split', () => {
  const socket = openSocket();
  const link = fromWebSocket(socket);
  link.write(new Uint8Array(257 * KIB));
  link.write(new Uint8Array(300 * KIB));
  expect(socket.sent.map(({ length }) => length)).toEqual([257 * KIB, 264 * KIB, 36 * KIB]);
});

test('where sending copies, memory may be used again once it was sent, and not before', () => {
  const socket = new FakeWebSocket();
  const link = fromWebSocket(socket, { sendCopies: true });
  link.write(Uint8Array.of(1));
  expect(link.isFlushed?.()).toBe(false);
  socket.opens();
  expect(link.isFlushed?.()).toBe(true);
});

test('no other socket says when its memory may be used again', () => {
  expect(fromWebSocket(openSocket()).isFlushed?.()).toBe(undefined);
});

test('asks the writer to wait above the mark, asks the socket less and less often, and goes on when it has drained', () => {
  const socket = openSocket();
  const clock = new ManualClock();
  const receiver = recorder();
  const link = fromWebSocket(socket, { clock });
  link.open(receiver);
  expect(link.write(new Uint8Array(256 * KIB))).toBe(true);
  socket.bufferedAmount = 768 * KIB;
  expect(link.write(Uint8Array.of(2))).toBe(false);
  const asked: number[] = [];
  Object.defineProperty(socket, 'bufferedAmount', {
    get() {
      asked.push(clock.now() - start);
      return left;
    },
  });
  const start = clock.now();
  let left = 768 * KIB;
  for (let step = 0; step < 20; step += 1) clock.advance(1);
  expect([...new Set(asked)]).toEqual([1, 3, 7, 15]);
  left = 192 * KIB;
  clock.advance(16);
  clock.advance(1000);
  expect(receiver.events).toEqual(['drain']);
});

test('looks at the socket when something comes, too, and goes on once where it has drained', () => {
  const socket = openSocket();
  const clock = new ManualClock();
  const receiver = recorder();
  const link = fromWebSocket(socket, { clock });
  link.open(receiver);
  socket.bufferedAmount = 768 * KIB;
  expect(link.write(Uint8Array.of(1))).toBe(false);
  socket.receives(Uint8Array.of(2));
  socket.bufferedAmount = 192 * KIB;
  socket.receives(Uint8Array.of(3));
  socket.receives(Uint8Array.of(4));
  clock.advance(1000);
  expect(receiver.events).toEqual(['chunk 2', 'chunk 3', 'drain', 'chunk 4']);
});

test('asks for nothing more when something comes to a socket that is closing', () => {
  const socket = openSocket();
  const receiver = recorder();
  const link = fromWebSocket(socket, { clock: new ManualClock() });
  link.open(receiver);
  socket.bufferedAmount = 768 * KIB;
  link.write(Uint8Array.of(1));
  link.end();
  socket.bufferedAmount = 0;
  socket.receives(Uint8Array.of(2));
  expect(receiver.events).toEqual(['chunk 2']);
});

test('never has more than 1 MiB unsent while core writes as much as it is let', () => {
  const socket = openSocket();
  socket.send = (data) => void (socket.bufferedAmount += data.length);
  const link = fromWebSocket(socket, { clock: new ManualClock() });
  link.open(recorder());
  for (let writes = 0; writes < 100 && link.write(new Uint8Array(288 * KIB)); writes += 1);
  expect(socket.bufferedAmount).toBeLessThanOrEqual(1024 * KIB);
});

test('a socket that is rid of all at once is given a turn of the event loop now and then', () => {
  const socket = openSocket();
  const clock = new ManualClock();
  const link = fromWebSocket(socket, { clock });
  const receiver = recorder();
  link.open(receiver);
  const writeOn = (): number => {
    for (let written = 64; ; written += 64) if (!link.write(new Uint8Array(64 * KIB))) return written;
  };
  expect(writeOn()).toBe(768);
  socket.receives(Uint8Array.of(1));
  expect(receiver.events).toEqual(['chunk 1']);
  clock.advance(1);
  expect(receiver.events).toEqual(['chunk 1', 'drain']);
  expect(writeOn()).toBe(768);
});

test('the end of the stream is Close 1000, both ways', () => {
  const socket = openSocket();
  const receiver = recorder();
  const link = fromWebSocket(socket);
  link.open(receiver);
  link.end();
  expect(socket.closed).toEqual({ code: 1000 });
  socket.ends(1000);
  expect(receiver.events).toEqual(['end']);
});

test('an end before the socket is open waits for what was written', () => {
  const socket = new FakeWebSocket();
  const link = fromWebSocket(socket);
  link.open(recorder());
  link.write(Uint8Array.of(1));
  link.end();
  expect(socket.closed).toBeUndefined();
  socket.opens();
  expect(socket.sent).toHaveLength(1);
  expect(socket.closed).toEqual({ code: 1000 });
});

test('a Close 1000 of the peer is answered with 1000: workerd leaves that to the program', () => {
  const socket = openSocket();
  const receiver = recorder();
  const link = fromWebSocket(socket);
  link.open(receiver);
  socket.receivesClose(1000);
  link.destroy();
  expect(socket.closed).toEqual({ code: 1000 });
  expect(receiver.events).toEqual(['end']);
});

test('sends nothing on a socket that is closing: some runtimes throw', () => {
  const socket = openSocket();
  const link = fromWebSocket(socket);
  socket.readyState = 2;
  expect(link.write(Uint8Array.of(1))).toBe(false);
  expect(socket.sent).toEqual([]);
});

test.each([
  [1006, '', 'end: the WebSocket closed with code 1006'],
  [1001, 'gone', 'end: the WebSocket closed with code 1001: gone'],
])('any other close is a broken link: %i %s', (code, reason, expected) => {
  const socket = openSocket();
  const receiver = recorder();
  fromWebSocket(socket).open(receiver);
  socket.ends(code, reason);
  expect(receiver.events).toEqual([expected]);
});

test('a view in the place of a message goes on as it is, and what is around it stays', () => {
  const socket = openSocket();
  const received: Uint8Array[] = [];
  fromWebSocket(socket).open({ ...recorder(), chunk: (bytes) => received.push(bytes) });
  const view = Uint8Array.of(1, 2, 3).subarray(1);
  socket.receivesView(view);
  expect(received[0]).toBe(view);
  expect([...new Uint8Array(view.buffer)]).toEqual([1, 2, 3]);
});

test('a text frame ends the link', () => {
  const socket = openSocket();
  const receiver = recorder();
  fromWebSocket(socket).open(receiver);
  socket.receives('hello');
  socket.receives(Uint8Array.of(1));
  expect(receiver.events).toEqual(['end: the peer sent a text frame where only bytes may be']);
  expect(socket.closed).toEqual({ code: 4003 });
});

test('a destroyed link closes its socket and polls no more', () => {
  const socket = openSocket();
  const clock = new ManualClock();
  const receiver = recorder();
  const link = fromWebSocket(socket, { clock });
  link.open(receiver);
  socket.bufferedAmount = 1024 * KIB;
  link.write(Uint8Array.of(1));
  link.destroy();
  socket.bufferedAmount = 0;
  clock.advance(1000);
  expect(socket.closed).toEqual({ code: 4000 });
  expect(receiver.events).toEqual([]);
});

test('carries an SSH session whose first bytes come before the server has its host key', async () => {
  const [clientLink, relayLink] = memoryLinks();
  const socket = openSocket();
  socket.send = (data) => void relayLink.write(data.slice());
  const clock = new ManualClock();
  const server = createServer({
    hostKeys: async () => [await generateKey('ssh-ed25519')],
    hooks: { none: () => ({ verdict: 'accept' }) },
    session: async (session) => {
      await session.print('from the tab\n');
      return 3;
    },
    clock,
  });
  void server.accept(fromWebSocket(socket, { clock }));
  relayLink.open({
    chunk: (bytes) => socket.receives(bytes),
    end: () => socket.ends(1000),
    drain: () => undefined,
  });
  const client = await connect(clientLink, {
    user: 'u',
    verifyHostKey: () => true,
    credentials: [{ method: 'none' }],
    clock,
  });
  const { stdout, exitCode } = await client.exec('anything');
  expect(new TextDecoder().decode(stdout)).toBe('from the tab\n');
  expect(exitCode).toBe(3);
  client.close();
});
