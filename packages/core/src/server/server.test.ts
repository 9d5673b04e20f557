import { expect, test } from 'vitest';
import { connect } from '../client/client.js';
import { ConfigurationError, ConnectionClosedError, SnapshotError } from '../errors.js';
import { decodeSnapshot } from '../engine/snapshot.js';
import { generateKey } from '../keys/index.js';
import { ManualClock, memoryLinks, pair } from '../testing/index.js';
import { compose, type Middleware } from './compose.js';
import { createServer } from './create-server.js';
import type { LogRecord } from './log/log.js';
import type { ServerOptions } from './options.js';
import type { Server } from './server.js';
import type { Session, SessionObject } from './session/session.js';
import { accept, reject } from './verdict.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const open = { none: () => accept };

test('an object handler gets its events one after another', async () => {
  const events: string[] = [];
  const session: SessionObject = {
    open: async (s) => {
      await Promise.resolve();
      events.push(`open ${s.request.type}`);
    },
    data: async (s, chunk) => {
      events.push(`data ${text(chunk)}`);
      await s.write(chunk);
    },
    end: (s) => {
      events.push('end');
      s.exit(4);
    },
    close: () => void events.push('close'),
  };
  const { client } = await pair({ server: { hooks: open, session } });
  const { stdout, exitCode } = await client.exec('x', { stdin: 'abc' });
  expect([text(stdout), exitCode]).toEqual(['abc', 4]);
  client.close();
  await client.closed;
  await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual(['open exec', 'data abc', 'end', 'close']);
});

test('middleware runs in reading order around the handler', async () => {
  const order: string[] = [];
  const layer =
    (name: string): Middleware =>
    async (_session, next) => {
      order.push(`${name} before`);
      const status = await next();
      order.push(`${name} after ${status}`);
      return status + 1;
    };
  const session = compose(layer('a'), layer('b'), () => 5);
  const { client } = await pair({ server: { hooks: open, session } });
  expect((await client.exec('x')).exitCode).toBe(7);
  expect(order).toEqual(['a before', 'b before', 'b after 5', 'a after 6']);
  client.close();
});

test('what is no function is refused when it is composed', () => {
  const layers: unknown[] = [() => 0, undefined];
  expect(() => compose(...(layers as Middleware[]), () => 0)).toThrow('compose takes functions alone');
});

test('the command hook serves, refuses, or leaves it to the session handler', async () => {
  const command = (s: Session): unknown => {
    const asked = s.request.type === 'exec' ? s.request.command : '';
    if (asked === 'number') return 9;
    if (asked === 'handler') return () => 8;
    if (asked === 'reject') return reject('not today');
    if (asked === 'throw') throw new Error('no');
    return undefined;
  };
  const hooks = { ...open, command: command as NonNullable<ServerOptions['hooks']>['command'] & object };
  const { client } = await pair({ server: { hooks, session: () => 7 } });
  expect((await client.exec('number')).exitCode).toBe(9);
  expect((await client.exec('handler')).exitCode).toBe(8);
  expect((await client.exec('else')).exitCode).toBe(7);
  await expect(client.exec('reject')).rejects.toThrow('refused');
  await expect(client.exec('throw')).rejects.toThrow('refused');
  client.close();
});

test('with no hook at all nobody gets in', async () => {
  const credentials = [{ method: 'none' } as const, { method: 'password', password: 'x' } as const];
  await expect(pair({ server: { hooks: {}, session: () => 0 }, client: { credentials } })).rejects.toThrow(
    'did not accept',
  );
});

test('a hook that throws refuses, and harms nothing; a blank password is refused before the hook', async () => {
  const asked: string[] = [];
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: {
      password: (_attempt, password) => {
        asked.push(password);
        if (password === 'throw') throw new Error('no');
        return password === 'good' ? accept : undefined;
      },
      log: () => {
        throw new Error('the log is full');
      },
    },
    session: () => 0,
  });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const credentials = ['', 'throw', 'good'].map((password) => ({ method: 'password', password }) as const);
  const client = await connect(near, { user: 'u', verifyHostKey: () => true, credentials });
  expect(asked).toEqual(['throw', 'good']);
  client.close();
});

test('the methods hook decides what is offered, by user; what is not offered is refused unasked', async () => {
  const asked: string[] = [];
  const hooks: ServerOptions['hooks'] & object = {
    methods: ({ user }) => (user === 'robot' ? ['publickey'] : undefined),
    password: ({ user }) => {
      asked.push(user);
      return accept;
    },
    authorizedKeys: () => undefined,
  };
  const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks });
  const offered = async (user: string): Promise<unknown> => {
    const [near, far] = memoryLinks();
    void server.accept(far);
    const client = await connect(near, { user, verifyHostKey: () => true });
    const { methods } = await client.authMethods(user);
    await client.authenticate(user, [{ method: 'password', password: 'x' }]).catch(() => undefined);
    client.close();
    return methods;
  };
  expect(await offered('robot')).toEqual(['publickey']);
  expect(await offered('person')).toEqual(['publickey', 'password']);
  expect(asked).toEqual(['person']);
});

test('refused by the connection hook: not a byte is sent', async () => {
  for (const connection of [() => reject('no'), () => Promise.reject(new Error('no'))]) {
    const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks: { ...open, connection } });
    const [near, far] = memoryLinks();
    let received = 0;
    const ended = new Promise((resolve) =>
      near.open({ chunk: (bytes) => (received += bytes.length), end: resolve, drain: () => undefined }),
    );
    await server.accept(far);
    await ended;
    expect(received).toBe(0);
  }
});

test('the connection hook is not asked about somebody whose connection was ended while the server was starting', async () => {
  const visitors: unknown[] = [];
  let started: () => void = () => undefined;
  const start = (): Promise<void> => new Promise((resolve) => (started = resolve));
  const connection = (visitor: unknown): void => void visitors.push(visitor);
  const hostKeys = [await generateKey('ssh-ed25519')];
  const server = createServer({ hostKeys, hooks: { ...open, start, connection } });
  const served = server.accept(memoryLinks()[1]);
  await server.close();
  await served;
  started();
  await server.start();
  // Those who waited for the start continue in the meantime.
  await new Promise(setImmediate);
  expect(visitors).toEqual([]);
});

test.each([
  [{ hook: {} }, 'there is no "hook" in the options of a server'],
  [{ hooks: { pasword: () => accept } }, 'there is no "pasword" in hooks'],
  [{ hooks: { password: 'x' } }, 'must be a function, not string'],
])('bad configuration %j fails at once', (options, message) => {
  expect(() => createServer(options as ServerOptions)).toThrow(ConfigurationError);
  expect(() => createServer(options as ServerOptions)).toThrow(message);
});

test('without a host key one is made, once, and the log says so', async () => {
  const log: LogRecord[] = [];
  const server = createServer({ hooks: { ...open, log: (record) => void log.push(record) }, session: () => 0 });
  const [first, second] = await Promise.all([server.hostKeys(), server.hostKeys()]);
  expect(first).toBe(second);
  expect(log.filter(({ priority }) => priority === 4).length).toBe(1);
});

test('host keys given as a function are made when the first connection comes, once', async () => {
  const key = await generateKey('ssh-ed25519');
  let calls = 0;
  const hostKeys = (): readonly [typeof key] => {
    calls += 1;
    return [key];
  };
  const server = createServer({ hostKeys, hooks: open, session: () => 0 });
  expect(calls).toBe(0);
  for (let visit = 0; visit < 2; visit += 1) {
    const [near, far] = memoryLinks();
    void server.accept(far);
    const client = await connect(near, { user: 'u', verifyHostKey: () => true, credentials: [{ method: 'none' }] });
    expect(client.hostKey).toEqual(key.publicKey);
    client.close();
  }
  expect(calls).toBe(1);
});

test('host keys that could not be had refuse one connection, and are asked for again', async () => {
  const key = await generateKey('ssh-ed25519');
  let calls = 0;
  const log: LogRecord[] = [];
  const hostKeys = async () => {
    calls += 1;
    if (calls === 1) throw new Error('the store is away');
    return [key];
  };
  const server = createServer({ hostKeys, hooks: { ...open, log: (line) => void log.push(line) } });
  await server.accept(memoryLinks()[1]);
  expect(log.map(({ fields }) => fields['error'])).toEqual(['Error: the store is away']);
  expect(server.connections).toEqual([]);
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, { user: 'u', verifyHostKey: () => true, credentials: [{ method: 'none' }] });
  client.close();
});

test.for([
  { slept: 0, ages: [5000, 5300] },
  { slept: 7000, ages: [5000, 12_300] },
  // A clock that was set back.
  { slept: -7000, ages: [5000, 5300] },
])('RFC 4253 §9: keys grow old in a snapshot, and where it is resumed: $slept', async ({ slept, ages }) => {
  const date = 1_700_000_000_000;
  const clock = Object.assign(new ManualClock(), { date: () => date });
  const { server } = await pair({ server: { hooks: open, clock } });
  clock.advance(5000);
  const snapshot = server.connections[0]!.snapshot();
  const later = Object.assign(new ManualClock(1_000_000), { date: () => date + slept });
  const other = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: open,
    session: () => 0,
    clock: later,
  });
  const resumed = other.resume(snapshot, memoryLinks()[1]);
  await new Promise((resolve) => setImmediate(resolve));
  later.advance(300);
  const snapshots = [snapshot, other.connections[0]!.snapshot()];
  expect(snapshots.map((bytes) => decodeSnapshot(bytes).transport.keysAge)).toEqual(ages);
  await resumed;
  await other.close();
});

test('a snapshot is resumed once, by any server of the process; one that is closed leaves it alone', async () => {
  const { server } = await pair();
  const snapshot = server.connections[0]!.snapshot();
  const clock = new ManualClock();
  const make = async (): Promise<Server> =>
    createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks: open, session: () => 0, clock });
  const [closed, first, second] = await Promise.all([make(), make(), make()]);
  await closed.close();
  await expect(closed.resume(snapshot, memoryLinks()[1])).rejects.toThrow(ConnectionClosedError);
  const resumed = first.resume(snapshot, memoryLinks()[1]);
  await expect(second.resume(snapshot, memoryLinks()[1])).rejects.toThrow(SnapshotError);
  await new Promise((resolve) => setImmediate(resolve));
  expect(first.connections.map(({ user }) => user)).toEqual(['test']);
  // Nobody is there to end the link: it is waited for.
  const over = first.close();
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(1000);
  await over;
  await resumed;
});
