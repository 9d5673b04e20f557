/** Peers that do not read, peers that send in tiny pieces, and faults that occur while nobody is looking. */
import { createServer, type SessionObject } from '@nacre/core';
import { memoryLinks, pair } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect, test } from 'vitest';
import type { LiveConnection } from '../../packages/core/src/server/connection.js';
import { expectWell } from './case.js';
import { concat, RawPeer, settle, str, subject, uint32, type Subject } from './raw-peer.js';
import { heldBytes } from './subject.js';

/** What waits in the engine for the peer to read it, in bytes. */
function backlog({ server }: Subject): number {
  return (server.connections[0] as LiveConnection).engine!.transport.outgoing.length;
}

test('before authentication even less waits for someone who reads nothing', async () => {
  const under = await subject();
  const peer = await new RawPeer(under.server).requestService();
  peer.stall();
  // Each is answered by SSH_MSG_UNIMPLEMENTED.
  for (let index = 0; index < 20_000; index += 1) peer.send([200]);
  for (let index = 0; index < 10; index += 1) await settle();
  expect(backlog(under)).toBeLessThan(64 * 1024);
  peer.close();
  await settle();
  await expectWell(under);
});

test('a malformed request behind one that waits for a hook ends its connection and nothing else', async () => {
  const under = await subject({ hooks: { command: () => Promise.resolve(undefined) } });
  const peer = await new RawPeer(under.server).login();
  peer.send([90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
  await settle();
  peer.send([98], uint32(0), str('exec'), [1], str('x'));
  peer.send([98], uint32(0), str('window-change'), [0], uint32(80));
  await settle();
  expect(peer.end).toBe(2);
  peer.close();
  await settle();
  await expectWell(under);
});

test('a rekey waits for a reader who has stopped, for as long as he likes', async () => {
  const under = await subject();
  const peer = await new RawPeer(under.server).echo();
  peer.stall();
  // The echo fills the stream, so that KEXINIT cannot reach the peer.
  for (let index = 0; index < 30; index += 1) peer.send([94], uint32(0), str(new Uint8Array(30_000)));
  await settle();
  under.server.connections[0]!.rekey();
  await settle();
  under.clock.advance(120_000);
  await settle();
  expect(peer.end).toBe(undefined);
  peer.read();
  for (let index = 0; index < 20; index += 1) await settle();
  peer.send([94], uint32(0), str('after'));
  for (let index = 0; index < 5; index += 1) await settle();
  expect(peer.end).toBe(undefined);
  expect(peer.received.at(-1)).toEqual(concat([94], uint32(0), str('after')));
  peer.close();
  await settle();
  await expectWell(under);
});

test('events for an object handler that is slow are bounded, and its input is not one event a byte', async () => {
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  let received = 0;
  const session: SessionObject = {
    open: () => gate,
    data: (_session, chunk) => void (received += chunk.length),
  };
  const under = await subject({ session });
  const peer = await new RawPeer(under.server).echo();
  for (let index = 0; index < 2000; index += 1) peer.send([94], uint32(0), str('x'));
  await settle();
  expect(peer.end).toBe(undefined);
  go();
  await settle();
  expect(received).toBe(2000);
  peer.close();
  await settle();

  const slow = await subject({ session: { open: () => new Promise<void>(() => undefined) } });
  const flood = await new RawPeer(slow.server).echo();
  for (let index = 0; index < 300; index += 1) flood.send([98], uint32(0), str('signal'), [0], str('INT'));
  await settle();
  expect(flood.end).toBe(12);
  flood.close();
});

test('a snapshot and its resumption over the same web streams', async () => {
  const up = new TransformStream<Uint8Array, Uint8Array>();
  const down = new TransformStream<Uint8Array, Uint8Array>();
  const session: SessionObject = { data: (s, chunk) => s.write(chunk) };
  const { server, client } = await pair({
    server: { hooks: { none: () => ({ verdict: 'accept' }) }, session },
    streams: [
      { readable: down.readable, writable: up.writable },
      { readable: up.readable, writable: down.writable },
    ],
  });
  const command = await client.spawn('x');
  await command.write('one');
  expect(new TextDecoder().decode(await command.read())).toBe('one');
  await settle();
  const snapshot = server.connections[0]!.snapshot();
  await settle();
  void server.resume(snapshot, { readable: up.readable, writable: down.writable });
  await command.write('two');
  expect(new TextDecoder().decode(await command.read())).toBe('two');
  client.close();
});

test('thousands of small writes that wait for window fit into a snapshot', async () => {
  const session: SessionObject = {
    open: (s) => {
      for (let index = 0; index < 6000; index += 1) void s.write(new Uint8Array(400).fill(index));
    },
  };
  const [near, far] = memoryLinks();
  const { server, client } = await pair({
    server: { crypto: nodeCrypto, hooks: { none: () => ({ verdict: 'accept' }) }, session },
    client: { crypto: nodeCrypto },
    streams: [near, far],
  });
  const command = await client.spawn('x');
  for (let index = 0; index < 5; index += 1) await settle();
  const snapshot = server.connections[0]!.snapshot();
  const elsewhere = createServer({ crypto: nodeCrypto, session, hooks: {} });
  void elsewhere.resume(snapshot, far);
  let received = 0;
  while (received < 6000 * 400) received += (await command.read())!.length;
  expect(received).toBe(6000 * 400);
  client.close();
});

test('who asks for packets of a byte holds up nobody: a turn of the event loop sends so many and no more', async () => {
  const session: SessionObject = { open: (it) => void it.write(new Uint8Array(2000)) };
  const under = await subject({ session });
  const peer = await new RawPeer(under.server).login();
  peer.send([90], str('session'), uint32(0), uint32(2 ** 21), uint32(1));
  await settle();
  peer.send([98], uint32(0), str('shell'), [1]);
  const sent = (): number => peer.received.filter((payload) => payload[0] === 94).length;
  for (let index = 0; index < 10; index += 1) await settle();
  expect(sent()).toBe(256);
  under.clock.advance(1);
  for (let index = 0; index < 10; index += 1) await settle();
  expect(sent()).toBe(2000);
  peer.close();
});

test('W40 where reading cannot be paused, someone who has not logged in makes us keep little', async () => {
  const under = await subject({ hooks: { password: () => new Promise(() => undefined) } });
  const [near, far] = memoryLinks();
  void under.server.accept({
    open: (receiver) => far.open(receiver),
    write: (bytes) => far.write(bytes),
    pause: () => undefined,
    resume: () => undefined,
    end: () => far.end(),
    destroy: () => far.destroy(),
  });
  const peer = await new RawPeer(near).requestService();
  peer.send([50], str('bob'), str('ssh-connection'), str('password'), [0], str('x'));
  await settle();
  // Two packets as large as they may be then are no attack.
  for (let index = 0; index < 14; index += 1) {
    peer.raw(new Uint8Array(5000));
    await settle();
  }
  expect([peer.end, heldBytes(under)]).toEqual([undefined, 70_000]);
  let most = 0;
  for (let index = 0; index < 20 && peer.end === undefined; index += 1) {
    peer.raw(new Uint8Array(5000));
    await settle();
    most = Math.max(most, heldBytes(under));
  }
  expect(peer.end).toBeDefined();
  expect(most).toBeLessThan(96 * 1024);
  peer.close();
  await settle();
  await expectWell(under);
});

test('W34 where reading cannot be paused, answers that nobody reads do not grow without end', async () => {
  const under = await subject();
  const [near, far] = memoryLinks();
  let isStuck = false;
  void under.server.accept({
    open: (receiver) => far.open(receiver),
    write: (bytes) => !isStuck && far.write(bytes),
    pause: () => undefined,
    resume: () => undefined,
    end: () => far.end(),
    destroy: () => far.destroy(),
  });
  const peer = await new RawPeer(near).login();
  const { engine } = under.server.connections[0] as LiveConnection;
  isStuck = true;
  let most = 0;
  // 13 MiB, of which 1 MiB and what windows allow may wait to be read.
  for (let count = 0; count < 400 && !engine!.isClosed; count += 1) {
    peer.send([192], str(new Uint8Array(32 * 1024)));
    await settle();
    most = Math.max(most, engine!.transport.outgoing.length);
  }
  expect(engine!.isClosed).toBe(true);
  expect(most).toBeLessThan(640 * 1024);
  peer.close();
  await settle();
});

test('a full send buffer is no reason not to read: input comes while all of it waits', async () => {
  const sendBuffer = 1024 * 1024;
  const received: number[] = [];
  const session: SessionObject = {
    open: (it) => void it.write(new Uint8Array(2 * sendBuffer)),
    data: (_session, chunk) => void received.push(chunk.length),
  };
  const under = await subject({ session, limits: { connection: { sendBuffer } } });
  const peer = await new RawPeer(under.server).login();
  peer.stall();
  peer.send([90], str('session'), uint32(0), uint32(2 ** 22), uint32(2 ** 15));
  await settle();
  peer.send([98], uint32(0), str('shell'), [0]);
  for (let index = 0; index < 10; index += 1) await settle();
  expect(backlog(under)).toBeGreaterThan(sendBuffer / 2);
  peer.send([94], uint32(0), str('still there?'));
  for (let index = 0; index < 10; index += 1) await settle();
  expect(received).toEqual([12]);
  peer.close();
});
