/** RFC 4254 §7 and OpenSSH's PROTOCOL §2: both ends of forwarding, over sockets in memory. */
import { expect, test } from 'vitest';
import { ChannelRequestError, ConfigurationError, TimeoutError } from '../errors.js';
import { accept, createServer, reject, type Client, type Hooks, type ServerOptions } from '../index.js';
import type { ByteLink, Duplex } from '../link.js';
import { FarEnd, ManualClock, memoryLinks, MemorySockets, pair } from '../testing/index.js';
import { forwarding } from './index.js';

const utf8 = new TextEncoder();
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes ?? new Uint8Array(0));

interface Set {
  readonly client: Client;
  readonly sockets: MemorySockets;
  readonly clock: ManualClock;
}

async function forwarded(forward: Hooks['forward'], options: Partial<ServerOptions> = {}): Promise<Set> {
  const sockets = new MemorySockets();
  const clock = new ManualClock();
  const { client } = await pair({
    client: { clock },
    server: {
      clock,
      ...options,
      forwarding: forwarding({ sockets: sockets.sockets }),
      hooks: { none: () => accept, ...(forward && { forward }), ...options.hooks },
    },
  });
  return { client, sockets, clock };
}

/** Waits until something holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('in vain');
}

test('§7.2: direct-tcpip carries bytes both ways, and each half ends by itself', async () => {
  const { client, sockets } = await forwarded(() => accept);
  const stream = await client.openTcp('db.internal', 5432);
  await stream.write(utf8.encode('question'));
  const [far] = sockets.fars;
  await until(() => far!.received === 'question');
  stream.end();
  await until(() => far!.hasEnded);
  far!.link.write(utf8.encode('answer'));
  far!.link.end();
  expect(text(await stream.read())).toBe('answer');
  expect(await stream.read()).toBe(undefined);
  await stream.closed;
  expect(sockets.dialled).toEqual(['192.0.2.7:5432']);
});

test('§7.2: the end of the target comes first, and the client goes on sending', async () => {
  const { client, sockets } = await forwarded(() => accept);
  const stream = await client.openTcp('db.internal', 5432);
  const [far] = sockets.fars;
  far!.link.end();
  expect(await stream.read()).toBe(undefined);
  await stream.write(utf8.encode('late'));
  await until(() => far!.received === 'late');
  stream.end();
  await stream.closed;
});

test('nothing is forwarded that no hook accepts: reason 1, no name looked up, nothing dialled', async () => {
  const { client, sockets } = await forwarded(undefined);
  await expect(client.openTcp('127.0.0.1', 22)).rejects.toMatchObject({ code: 1 });
  await expect(client.openUnix('/run/agent')).rejects.toMatchObject({ code: 1 });
  await expect(client.listen({ port: 0 })).rejects.toBeInstanceOf(ChannelRequestError);
  await expect(client.listenUnix('/tmp/x')).rejects.toBeInstanceOf(ChannelRequestError);
  expect([...sockets.looked, ...sockets.dialled, ...sockets.listeners.keys()]).toEqual([]);
});

test.each<readonly [string, Hooks['forward']]>([
  ['says nothing', () => undefined],
  ['refuses', () => reject('no')],
  [
    'throws',
    (): undefined => {
      throw new Error('hook');
    },
  ],
])('a hook that %s refuses', async (_name, forward) => {
  const { client, sockets } = await forwarded(forward);
  await expect(client.openTcp('a', 22)).rejects.toMatchObject({ code: 1 });
  await expect(client.listen({ port: 80 })).rejects.toBeInstanceOf(ChannelRequestError);
  expect(sockets.dialled).toEqual([]);
});

test.each([null, true, 1, 'yes', {}, { verdict: 'maybe' }, []])(
  'Security: a hook that answers %j refuses',
  async (answer) => {
    const { client, sockets } = await forwarded(() => answer as never);
    await expect(client.openTcp('a', 22)).rejects.toMatchObject({ code: 1 });
    await expect(client.listen({ port: 80 })).rejects.toBeInstanceOf(ChannelRequestError);
    expect([...sockets.dialled, ...sockets.listeners.keys()]).toEqual([]);
  },
);

test('a stream that somebody else uses is reason 2', async () => {
  const readable = new ReadableStream<Uint8Array>();
  readable.getReader();
  const { client } = await forwarded(() => ({ readable, writable: new WritableStream<Uint8Array>() }));
  await expect(client.openTcp('a', 22)).rejects.toMatchObject({ code: 2 });
});

test('a place that is listened at is not listened at twice', async () => {
  const { client, sockets } = await forwarded(() => accept);
  await client.listen({ port: 80 });
  await expect(client.listen({ port: 80 })).rejects.toBeInstanceOf(ChannelRequestError);
  expect(sockets.closed).toEqual(['localhost:80']);
});

test('what the server grants to a caller who has given up is cancelled', async () => {
  let decide: () => void = () => undefined;
  const decided = new Promise<void>((resolve) => (decide = resolve));
  const { client, sockets, clock } = await forwarded(async () => {
    await decided;
    return accept;
  });
  const timed = client.listen({ port: 0, timeout: 10 });
  const outcome = expect(timed).rejects.toBeInstanceOf(TimeoutError);
  clock.advance(10);
  await outcome;
  decide();
  await until(() => sockets.closed.length === 1);
  expect(sockets.closed).toEqual(['localhost:40000']);
});

test('policy beats the hook', async () => {
  const policy = { localForwarding: false, remoteForwarding: false } as const;
  const { client, sockets } = await forwarded(() => accept, { policy });
  await expect(client.openTcp('a', 22)).rejects.toMatchObject({ code: 1 });
  await expect(client.listen({ port: 80 })).rejects.toBeInstanceOf(ChannelRequestError);
  expect(sockets.dialled).toEqual([]);
});

test('what the hook looked up is what is dialled, in order, and no name is looked up twice', async () => {
  const seen: string[] = [];
  const { client, sockets } = await forwarded(async (request) => {
    if (request.type === 'direct-tcpip') seen.push(...(await request.resolve()));
    sockets.addresses = ['127.0.0.1'];
    return accept;
  });
  sockets.addresses = ['198.51.100.1', '192.0.2.9'];
  await client.openTcp('rebinding.example', 80);
  expect(seen).toEqual(['198.51.100.1', '192.0.2.9']);
  expect(sockets.dialled).toEqual(['198.51.100.1:80', '192.0.2.9:80']);
  expect(sockets.looked).toEqual(['rebinding.example']);
});

test('§5.1: a target that cannot be reached is reason 2, and so is one that never answers', async () => {
  const { client, sockets, clock } = await forwarded(() => accept);
  sockets.addresses = ['198.51.100.1'];
  await expect(client.openTcp('gone', 80)).rejects.toMatchObject({ code: 2 });
  const slow = await forwarded(() => accept, { clock });
  slow.sockets.sockets.connectTcp = () => new Promise(() => undefined);
  const opening = slow.client.openTcp('slow', 80);
  const outcome = expect(opening).rejects.toMatchObject({ code: 2 });
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(30_000);
  await outcome;
});

test('a hook may give the stream itself', async () => {
  const [near, far] = memoryLinks();
  const { client, sockets } = await forwarded(() => near);
  const stream = await client.openTcp('made.up', 1);
  const end = new FarEnd(far);
  await stream.write(utf8.encode('x'));
  await until(() => end.received === 'x');
  expect(sockets.dialled).toEqual([]);
});

test('window credit comes back only as the target takes the bytes', async () => {
  const held: Uint8Array[] = [];
  let drain: () => void = () => undefined;
  const stuck: ByteLink = {
    open: (receiver) => (drain = () => receiver.drain()),
    write: (bytes) => held.push(bytes) < 0,
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  };
  const window = 64 * 1024;
  const { client } = await forwarded(() => stuck, {
    limits: { connection: { window } },
  });
  const stream = await client.openTcp('slow', 1);
  const written = stream.write(new Uint8Array(2 * window));
  await until(() => held.reduce((sum, { length }) => sum + length, 0) === window);
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(held.reduce((sum, { length }) => sum + length, 0)).toBe(window);
  drain();
  await written;
  await until(() => held.reduce((sum, { length }) => sum + length, 0) === 2 * window);
});

test('a source that is faster than the channel is paused', async () => {
  const { client, sockets } = await forwarded(() => accept);
  const stream = await client.openTcp('fast', 1);
  const [far] = sockets.fars;
  let isStopped = false;
  for (let sent = 0; sent < 64 && !isStopped; sent += 1) {
    isStopped = !far!.link.write(new Uint8Array(1024 * 1024));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isStopped).toBe(true);
  stream.close();
});

test('§7.1: the server listens, tells the port where it chose it, and stops when told', async () => {
  const { client, sockets } = await forwarded(() => accept);
  const listener = await client.listen({ host: 'localhost', port: 0 });
  expect(listener.port).toBe(40_000);
  const [near, far] = memoryLinks();
  sockets.listeners.get('localhost:40000')!(near, { remoteAddress: '192.0.2.1', remotePort: 77 });
  const end = new FarEnd(far);
  for await (const stream of listener) {
    expect(stream.peer).toEqual({ remoteAddress: '192.0.2.1', remotePort: 77 });
    end.link.write(utf8.encode('hello'));
    expect(text(await stream.read())).toBe('hello');
    stream.close();
    break;
  }
  expect(sockets.closed).toEqual(['localhost:40000']);
});

test('§7.1: what the system refuses is refused; cancelling what is not listened at as well', async () => {
  const { client } = await forwarded(() => accept);
  await expect(client.listen({ host: ':1', port: 7 })).rejects.toBeInstanceOf(ChannelRequestError);
  await expect(client.listen({ host: 'a'.repeat(300), port: 7 })).rejects.toBeInstanceOf(ChannelRequestError);
});

test('a queue that is full refuses, and what waits is refused once the listener closes', async () => {
  const { client, sockets } = await forwarded(() => accept);
  const listener = await client.listen({ port: 8080, queueSize: 1 });
  const connect = (): FarEnd => {
    const [near, far] = memoryLinks();
    sockets.listeners.get('localhost:8080')!(near, {});
    return new FarEnd(far);
  };
  const first = connect();
  const second = connect();
  await until(() => second.hasEnded);
  expect(first.hasEnded).toBe(false);
  await listener.close();
  await until(() => first.hasEnded);
  expect(sockets.closed).toEqual(['localhost:8080']);
});

test('PROTOCOL §2.4: Unix sockets, both ways', async () => {
  const { client, sockets } = await forwarded(() => accept);
  const stream = await client.openUnix('/run/db.sock');
  await stream.write(utf8.encode('x'));
  await until(() => sockets.fars[0]!.received === 'x');
  const listener = await client.listenUnix('/tmp/here.sock');
  const [near, far] = memoryLinks();
  sockets.listeners.get('/tmp/here.sock')!(near, {});
  new FarEnd(far).link.write(utf8.encode('y'));
  const { value } = await listener[Symbol.asyncIterator]().next();
  expect(text(await value?.read())).toBe('y');
  await listener.close();
  expect(sockets.dialled).toEqual(['/run/db.sock']);
});

test('what listens ends with the connection, and so does what is connected', async () => {
  const { client, sockets } = await forwarded(() => accept);
  await client.listen({ port: 8080 });
  await client.openTcp('a', 1);
  client.close();
  await until(() => sockets.closed.length === 1 && sockets.fars[0]!.hasEnded);
});

test('an agent reaches the session that asked for it, and nobody else', async () => {
  const [near, far] = memoryLinks();
  const agent = new FarEnd(far);
  let open: Promise<Duplex> | undefined;
  const { client } = await forwarded(() => accept, {
    session: async (session) => {
      if (session.request.type === 'exec' && session.request.command === 'plain')
        return session.agent === undefined ? 0 : 1;
      const stream = await session.agent!.open();
      open = Promise.resolve(stream);
      await stream.write(utf8.encode('who'));
      expect(text(await stream.read())).toBe('me');
      return 0;
    },
  });
  const process = client.exec('agent', { agent: () => near });
  await until(() => agent.received === 'who');
  agent.link.write(utf8.encode('me'));
  expect((await process).exitCode).toBe(0);
  expect((await client.exec('plain')).exitCode).toBe(0);
  expect(open).toBeDefined();
});

test('a snapshot is refused while something is forwarded', async () => {
  const sockets = new MemorySockets();
  const { client, server } = await pair({
    server: {
      forwarding: forwarding({ sockets: sockets.sockets }),
      hooks: { none: () => accept, forward: () => accept },
    },
  });
  const listener = await client.listen({ port: 9 });
  expect(() => server.connections[0]!.snapshot()).toThrow(/listened at/);
  await listener.close();
  await client.openTcp('a', 1);
  expect(() => server.connections[0]!.snapshot()).toThrow(/forward|listened/);
});

test('calls end by a time or a signal', async () => {
  const { client, clock } = await forwarded(() => new Promise(() => undefined));
  const timed = client.openTcp('a', 1, { timeout: 50 });
  const outcome = expect(timed).rejects.toBeInstanceOf(TimeoutError);
  clock.advance(50);
  await outcome;
  const abort = new AbortController();
  const aborted = client.openTcp('a', 1, { signal: abort.signal });
  const reason = expect(aborted).rejects.toThrow('enough');
  abort.abort(new Error('enough'));
  await reason;
});

test('a `forward` hook without `forwarding` is told at construction what is missing', () => {
  expect(() => createServer({ hooks: { forward: () => accept } })).toThrow(ConfigurationError);
});
