/** A connection is plain data: after every message it can be written down, carried to another process and continued there. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  acceptAnyHostKey,
  connect,
  createServer,
  formatPrivateKey,
  generateKey,
  SnapshotError,
  SnapshotRefusedError,
  type ByteLink,
  type Client,
  type LinkReceiver,
  type PrivateKey,
  type Server,
} from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveConnection } from '../packages/core/src/server/connection.js';
import { open } from './attacks/case.js';
import { concat, RawPeer, settle, str, subject, uint32 } from './attacks/raw-peer.js';
import { snapshotServerOptions } from './snapshot-session.js';

const here = fileURLToPath(new URL('.', import.meta.url));
let directory: string;
let host: ChildProcess;
let hostKey: PrivateKey;
let nextId = 1;
type FromHost = { readonly id: number } & (
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'resumed' | 'end' }
  | { readonly type: 'refused'; readonly name: string; readonly message: string }
);
const listeners = new Map<number, (message: FromHost) => void>();

beforeAll(async () => {
  directory = mkdtempSync(join(here, '.snapshot-'));
  const outfile = join(directory, 'host.mjs');
  await build({
    entryPoints: [join(here, 'snapshot-host.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@nacre/source'],
    logLevel: 'error',
  });
  host = fork(outfile, { serialization: 'advanced' });
  host.on('message', (message: FromHost) => listeners.get(message.id)?.(message));
  hostKey = await generateKey('ssh-ed25519');
});

afterAll(() => {
  host.kill();
  rmSync(directory, { recursive: true });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Hands a snapshot to the other process. @returns where the client's bytes go from now on. */
function resumeElsewhere(
  snapshot: Uint8Array,
  toClient: (bytes: Uint8Array) => void,
): Promise<(bytes: Uint8Array) => void> {
  const id = nextId++;
  return new Promise((resolve, reject) => {
    listeners.set(id, (message) => {
      if (message.type === 'bytes') toClient(Uint8Array.from(message.bytes));
      if (message.type === 'resumed') resolve((bytes) => void host.send({ type: 'bytes', id, bytes }));
      if (message.type === 'refused') reject(new Error(`${message.name}: ${message.message}`));
    });
    host.send({ type: 'resume', id, hostKey: formatPrivateKey(hostKey), snapshot });
  });
}

/** A stream whose far end can be moved from one server to another between two bytes. */
class MovableStream {
  readonly client: ByteLink;
  readonly server: ByteLink;
  toServer: ((bytes: Uint8Array) => void) | undefined;
  readonly fromClient: Uint8Array[] = [];
  #client: LinkReceiver | undefined;
  #server: LinkReceiver | undefined;

  constructor() {
    const none = (): void => undefined;
    const common = { pause: none, resume: none, end: none, destroy: none };
    this.client = {
      ...common,
      open: (receiver) => (this.#client = receiver),
      write: (bytes) => this.fromClient.push(bytes.slice()) > 0,
    };
    this.server = {
      ...common,
      open: (receiver) => {
        this.#server = receiver;
        this.toServer = (bytes) => this.#server?.chunk(bytes);
      },
      write: (bytes) => {
        this.toClient(bytes.slice());
        return true;
      },
    };
  }

  readonly toClient = (bytes: Uint8Array): void => this.#client?.chunk(bytes);
}

interface Transcript {
  readonly output: string;
  readonly exitCode: number | undefined;
}

/** What the client does: a wrong password, the right one, a shell, data both ways, rekeys from both sides, the end. */
async function useShell(link: ByteLink): Promise<Transcript> {
  const client: Client = await connect(link, {
    user: 'ada',
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [
      { method: 'none' },
      { method: 'password', password: 'wrong' },
      { method: 'password', password: 'right' },
    ],
  });
  const shell = await client.shell({ pty: { columns: 80, rows: 24 }, env: { LANG: 'C' } });
  let output = '';
  const until = async (text: string): Promise<void> => {
    while (!output.includes(text)) output += new TextDecoder().decode(await shell.read());
  };
  await until('$ ');
  await shell.write('hello\n');
  await until('1 hello');
  shell.resize(100, 30);
  await until('resized');
  client.rekey();
  await shell.write('half a li');
  await shell.write('ne\nrekey\n');
  await until('3 rekey');
  shell.kill('USR1');
  await until('signal USR1');
  await shell.write('after\n');
  await until('4 after');
  await shell.write('exit 3\n');
  for (let chunk = await shell.read(); chunk !== undefined; chunk = await shell.read())
    output += new TextDecoder().decode(chunk);
  const { exitCode } = await shell.exited;
  client.close();
  return { output, exitCode };
}

/** Asks the one connection of a server for a snapshot. */
function take(server: Server): Uint8Array | SnapshotRefusedError {
  try {
    return server.connections[0]!.snapshot();
  } catch (error) {
    if (error instanceof SnapshotRefusedError) return error;
    throw error;
  }
}

interface Run extends Transcript {
  readonly messages: number;
  readonly moved: boolean;
  readonly refusal: string | undefined;
  readonly size: number;
}

/** One session, byte by byte; after message `moveAfter` the server's side moves to the other process, if it can. */
async function run(moveAfter: number): Promise<Run> {
  const stream = new MovableStream();
  const server = createServer(snapshotServerOptions(hostKey));
  void server.accept(stream.server);
  let isDone = false;
  const session = useShell(stream.client).finally(() => (isDone = true));
  let moved = false;
  let refusal: string | undefined;
  let size = 0;
  let messages = 0;
  while (!isDone) {
    await turn();
    const chunk = stream.fromClient.shift();
    if (chunk === undefined || stream.toServer === undefined) continue;
    for (let index = 0; index < chunk.length; index += 1) {
      stream.toServer(chunk.slice(index, index + 1));
      if (moved) {
        stream.toServer(chunk.slice(index + 1));
        break;
      }
      const before = messages;
      const { engine } = (server.connections[0] ?? {}) as LiveConnection;
      while (engine?.isPaused) await turn();
      messages = engine?.messagesReceived ?? messages;
      if (messages === before || messages !== moveAfter) continue;
      await turn();
      await turn();
      const snapshot = take(server);
      if (snapshot instanceof SnapshotRefusedError) {
        refusal = snapshot.refusal;
        continue;
      }
      size = snapshot.length;
      moved = true;
      stream.toServer = await resumeElsewhere(snapshot, stream.toClient);
    }
  }
  return { ...(await session), messages, moved, refusal, size };
}

test('a session moves to another process after any of its messages, and ends the same', async () => {
  const whole = await run(-1);
  expect(whole.exitCode).toBe(3);
  expect(whole.output).toContain('2 half a line 100x30 C\r\n$ ');
  const refusals: string[] = [];
  for (let message = 1; message <= whole.messages; message += 1) {
    const { output, exitCode, moved, refusal, size } = await run(message);
    expect({ message, output, exitCode }).toEqual({ message, output: whole.output, exitCode: 3 });
    if (!moved) refusals.push(`${message} ${refusal}`);
    else expect(size).toBeLessThanOrEqual(8 * 1024);
  }
  // Only key exchanges are refused: the first one, the client's rekey and the server's.
  expect(refusals.every((refusal) => refusal.endsWith('key-exchange'))).toBe(true);
  expect(refusals.length).toBe(2 + 2 + 3);
}, 60_000);

test('a session that is written down and resumed after every message ends the same', async () => {
  const whole = await run(-1);
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
}, 60_000);

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
  const server = createServer(snapshotServerOptions(hostKey));
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
  await server.close();
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
