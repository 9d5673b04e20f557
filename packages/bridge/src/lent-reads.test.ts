/** Reused memory for reads: no reader ever sees the bytes of another read. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connectLending, keepOf, SLAB_LENGTH } from './lent-reads.js';
import { MAX_PAYLOAD } from './pump.js';
import { startGateway, bearer, openLink } from './testing/gateway.js';
import { closeOf, MIB, randomPayload, sha256, tcpServer } from './testing/sockets.js';

async function lendingFrom(payload: Buffer): Promise<Socket> {
  const { port } = await tcpServer((socket) => void socket.end(payload));
  const socket = connectLending({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('chunks that are copied where they are delivered are the stream, and its end comes after them', async () => {
  const payload = randomPayload(5 * MIB + 3);
  const socket = await lendingFrom(payload);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  await once(socket, 'end');
  expect(sha256(Buffer.concat(chunks))).toBe(sha256(payload));
});

test('chunks that are kept stay as they are, whatever is read meanwhile by this socket and by others', async () => {
  const payloads = [randomPayload(3 * MIB), randomPayload(3 * MIB)];
  const received = payloads.map(async (payload) => {
    const socket = await lendingFrom(payload);
    const kept: { readonly chunk: Buffer; readonly release: (() => void) | undefined }[] = [];
    socket.on('data', (chunk: Buffer) => kept.push({ chunk, release: keepOf(socket)?.() }));
    await once(socket, 'end');
    const digest = sha256(Buffer.concat(kept.map(({ chunk }) => chunk)));
    for (const { release } of kept) release?.();
    return digest;
  });
  expect(await Promise.all(received)).toEqual(payloads.map(sha256));
});

test('one read is one message that every end of ours accepts', () => {
  expect(SLAB_LENGTH).toBeLessThanOrEqual(MAX_PAYLOAD);
});

test('memory for long reads is bounded: a socket that finds none uses short reads until some is returned', async () => {
  const socket = await lendingFrom(Buffer.alloc(64 * MIB));
  const releases: (() => void)[] = [];
  const long = { whileKept: 0, later: 0 };
  let isKeeping = true;
  let shortInTurn = 0;
  socket.on('data', ({ length }: Buffer) => {
    const isLong = length > 65_536;
    if (isLong) long[isKeeping ? 'whileKept' : 'later'] += 1;
    if (!isKeeping) return;
    const release = keepOf(socket)?.();
    if (release) releases.push(release);
    shortInTurn = isLong ? 0 : shortInTurn + 1;
    if (shortInTurn < 32) return;
    isKeeping = false;
    for (const giveBack of releases) giveBack();
  });
  await once(socket, 'end');
  expect(long.whileKept).toBeGreaterThan(0);
  expect(long.whileKept).toBeLessThanOrEqual(64);
  expect(long.later).toBeGreaterThan(0);
});

test('a paused socket reads nothing', async () => {
  const socket = await lendingFrom(randomPayload(MIB));
  let chunks = 0;
  socket.on('data', () => {
    chunks += 1;
    socket.pause();
  });
  await once(socket, 'connect');
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(chunks).toBeLessThanOrEqual(1);
});

test('eight links at once, half of them with slow readers: each gets the bytes of its own target', async () => {
  const payload = randomPayload(4 * MIB);
  let count = 0;
  const gateway = await startGateway({}, (socket) => {
    const own = Buffer.from(payload);
    own.fill((count += 1), 0, 4096);
    socket.end(own);
  });
  const digests = Array.from({ length: 8 }, async (_, index) => {
    const { link } = await openLink(gateway.url, bearer(gateway.token));
    const chunks: Buffer[] = [];
    link.on('message', (chunk: Buffer) => {
      chunks.push(chunk);
      if (index % 2 === 0) return;
      link.pause();
      setImmediate(() => link.resume());
    });
    await closeOf(link);
    const all = Buffer.concat(chunks);
    expect(new Set(all.subarray(0, 4096)).size).toBe(1);
    return sha256(all.subarray(4096));
  });
  expect(new Set(await Promise.all(digests))).toEqual(new Set([sha256(payload.subarray(4096))]));
});
