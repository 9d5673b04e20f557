/** A connection is plain data: it can be written down and continued. `snapshot.thorough.test.ts` continues it in another process. */
import { acceptAnyHostKey, connect, createServer, generateKey, SnapshotError, SnapshotRefusedError } from '@nacre/core';
import { ManualClock, memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect, test } from 'vitest';
import type { LiveConnection } from '../packages/core/src/server/connection.js';
import { open } from './attacks/case.js';
import { concat, RawPeer, settle, str, subject, uint32 } from './attacks/raw-peer.js';
import { MovableStream, run, take, turn, useShell } from './movable-session.js';
import { snapshotServerOptions } from './snapshot-session.js';

const hostKey = await generateKey('ssh-ed25519');

test('a session that is written down and resumed after every message ends the same', async () => {
  const whole = await run(hostKey);
  const stream = new MovableStream();
  const server = createServer(snapshotServerOptions(hostKey));
  void server.accept(stream.server);
  let isDone = false;
  let lives = 1;
  const session = useShell(stream.client).finally(() => (isDone = true));
  while (!isDone) {
    await turn();
    const chunk = stream.fromClient.shift();
    for (const byte of chunk ?? []) {
      stream.toServer?.(Uint8Array.of(byte));
      const { engine } = (server.connections[0] ?? {}) as LiveConnection;
      while (engine?.isPaused) await turn();
      const snapshot = take(server);
      if (snapshot instanceof SnapshotRefusedError) {
        if (snapshot.refusal === 'pending-hook') await turn();
        continue;
      }
      void server.resume(snapshot, stream.server);
      await turn();
      lives += 1;
    }
  }
  const { output, exitCode } = await session;
  expect({ output, exitCode }).toEqual({ output: whole.output, exitCode: whole.exitCode });
  expect(lives).toBeGreaterThan(1000);
});

test('data that waits for window is part of the snapshot', async () => {
  const server = createServer(snapshotServerOptions(hostKey));
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, {
    user: 'ada',
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'password', password: 'right' }],
  });
  const shell = await client.spawn('x');
  const size = 3 * 1024 * 1024;
  await shell.write(`big ${size}\nexit 4\n`);
  for (let index = 0; index < 50; index += 1) await turn();
  const snapshot = take(server) as Uint8Array;
  // The client's window of 2 MiB is full; the rest waits, followed by the exit status.
  expect(snapshot.length).toBeGreaterThan(size - 2.1 * 1024 * 1024);
  await turn();
  void server.resume(snapshot, far);
  let received = 0;
  for (let chunk = await shell.read(); chunk !== undefined; chunk = await shell.read()) received += chunk.length;
  expect(received).toBe(size + 'welcome ada\n$ '.length);
  expect((await shell.exited).exitCode).toBe(4);
  client.close();
});

test('one snapshot is resumed once, and a later one forbids all before it', async () => {
  const stream = new MovableStream();
  const clock = new ManualClock();
  const server = createServer({ ...snapshotServerOptions(hostKey), clock });
  void server.accept(stream.server);
  const forward = async (until: Promise<unknown>): Promise<void> => {
    let isDone = false;
    void until.finally(() => (isDone = true));
    while (!isDone) {
      await turn();
      const chunk = stream.fromClient.shift();
      if (chunk !== undefined) stream.toServer?.(chunk);
    }
  };
  const login = connect(stream.client, {
    user: 'ada',
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'password', password: 'right' }],
  });
  await forward(login);
  const first = server.connections[0]!.snapshot();
  await turn();
  expect(server.connections.length).toBe(0);
  const resumed = server.resume(first, stream.server);
  await turn();
  await expect(server.resume(first, stream.server)).rejects.toThrow(SnapshotError);
  const second = server.connections[0]!.snapshot();
  await resumed;
  void server.resume(second, stream.server);
  await turn();
  await expect(server.resume(first, stream.server)).rejects.toThrow('resumed before');
  await expect(server.resume(second.slice(1), stream.server)).rejects.toThrow(SnapshotError);
  // The format is the first field, a string.
  const newer = second.with(4 + 'nacre-snapshot-'.length, '2'.charCodeAt(0));
  await expect(server.resume(newer, stream.server)).rejects.toThrow('not a snapshot of this version');
  // Nobody is there to end the stream: it is waited for.
  const over = server.close();
  await turn();
  clock.advance(1000);
  await over;
});

test('what bytes cannot hold is refused with a typed error, and changes nothing', async () => {
  const running = createServer({
    ...snapshotServerOptions(hostKey),
    session: (session) => session.read().then(() => 9),
  });
  const [near, far] = memoryLinks();
  void running.accept(far);
  const client = await connect(near, {
    user: 'ada',
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'password', password: 'right' }],
  });
  const command = await client.spawn('anything');
  await turn();
  expect(take(running)).toMatchObject({ refusal: 'function-handler' });
  running.connections[0]!.state = { handler: () => undefined };
  expect(take(running)).toMatchObject({ refusal: 'application-state' });
  client.rekey();
  running.connections[0]!.rekey();
  expect(take(running)).toMatchObject({ refusal: 'application-state' });
  running.connections[0]!.state = {};
  expect(take(running)).toMatchObject({ refusal: 'key-exchange' });
  await command.write('go on');
  expect((await command.exited).exitCode).toBe(9);
  client.close();
});

test('a channel on which nothing has begun is resumed by a server whose handler is a function; one that runs is not', async () => {
  const { server, log } = await subject();
  const peer = await new RawPeer(server).login();
  peer.send(open);
  await settle();
  const [near, far] = memoryLinks();
  let answered = 0;
  near.open({ chunk: (bytes) => (answered += bytes.length), end: () => undefined, drain: () => undefined });
  void server.resume(server.connections[0]!.snapshot(), far);
  await settle();
  near.write(peer.seal(concat([98], uint32(0), str('exec'), [1], str('echo'))));
  await settle();
  expect(log.map(({ message }) => message)).toContain('resumed');
  expect(answered).toBeGreaterThan(0);
  near.destroy();

  const objects = await subject({ session: { open: () => undefined } });
  const begun = await new RawPeer(objects.server).echo();
  const snapshot = objects.server.connections[0]!.snapshot();
  await expect((await subject()).server.resume(snapshot, memoryLinks()[1])).rejects.toThrow('is an object');
  begun.close();
});
