/** Workers' `connect` for forwarding. */
import { expect, test } from 'vitest';
import { fromWorkersSocket } from './socket-link.js';
import { workersSockets, type WorkersConnect } from './sockets.js';

function fake(opened: Promise<{ readonly remoteAddress?: string }>) {
  const calls: unknown[] = [];
  const connect: WorkersConnect = (address, options) => {
    calls.push(address, options);
    const readable = new ReadableStream<Uint8Array>();
    const writable = new WritableStream<Uint8Array>();
    return { readable, writable, opened, close: () => Promise.resolve(calls.push('close')) };
  };
  return { calls, sockets: workersSockets(connect) };
}

test('connects, half-closes included', async () => {
  const { calls, sockets } = fake(Promise.resolve({}));
  await sockets.connectTcp!('db.example', 5432, new AbortController().signal);
  expect(calls).toEqual([
    { hostname: 'db.example', port: 5432 },
    { secureTransport: 'off', allowHalfOpen: true },
  ]);
  expect([sockets.listenTcp, sockets.resolve, sockets.connectUnix]).toEqual([undefined, undefined, undefined]);
});

test('a socket that takes too long is closed', async () => {
  const { calls, sockets } = fake(new Promise(() => undefined));
  const abort = new AbortController();
  void sockets.connectTcp!('slow.example', 1, abort.signal);
  abort.abort();
  expect(calls).toContain('close');
});

test('an unreachable address is an error', async () => {
  const { sockets } = fake(Promise.reject(new Error('refused')));
  await expect(sockets.connectTcp!('gone.example', 1, new AbortController().signal)).rejects.toThrow('refused');
});

test('a writer waits above 256 KiB that have not left, and is told once there is room', async () => {
  const leave: (() => void)[] = [];
  const writable = new WritableStream<Uint8Array>({ write: () => new Promise((resolve) => leave.push(resolve)) });
  const close = (): Promise<void> => Promise.resolve();
  const link = fromWorkersSocket({
    readable: new ReadableStream({ type: 'bytes' }),
    writable,
    opened: Promise.resolve({}),
    close,
  });
  let drained = 0;
  link.open({ chunk: () => undefined, end: () => undefined, drain: () => (drained += 1) });
  const piece = new Uint8Array(128 * 1024);
  expect([link.write(piece), link.write(piece), link.write(piece)]).toEqual([true, true, false]);
  for (let left = 0; left < 3; left += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    leave.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(1);
  }
});
