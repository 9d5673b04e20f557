/** The hooks of a server, over connections from Nacre clients. */
import { describe, expect, test } from 'vitest';
import { connect } from '../client/client.js';
import { ConfigurationError } from '../errors.js';
import { generateKey } from '../keys/index.js';
import { ManualClock } from '../testing/manual-clock.js';
import { memoryLinks } from '../testing/memory-link.js';
import { pair } from '../testing/pair.js';
import { createServer } from './create-server.js';
import type { Hooks } from './hooks.js';
import type { LogRecord } from './log/log.js';
import type { ServerOptions } from './options.js';
import type { Session } from './session/session.js';
import { accept, adjust, reject, type Accept, type Reject } from './verdict.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const none = () => accept;
const refuse = (): Reject => reject('no');
const fail = (): never => {
  throw new Error('no');
};

/** A handler that describes its session. */
const describeSession = async (session: Session): Promise<number> => {
  await session.write(new TextEncoder().encode(JSON.stringify([session.request, Object.fromEntries(session.env)])));
  return 0;
};

describe('start', () => {
  test('is asked once, before anything of the first connection', async () => {
    const asked: string[] = [];
    const hooks: Hooks = {
      none,
      start: () => void asked.push('start'),
      connection: () => void asked.push('connection'),
    };
    const { server, client } = await pair({ server: { hooks } });
    await server.start();
    expect(asked).toEqual(['start', 'connection']);
    client.close();
  });
  test.each([refuse, fail, () => 'deny' as never, () => ({}) as never])(
    'failure: the server does not start, and takes no connection',
    async (start) => {
      const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks: { none, start } });
      await expect(server.start()).rejects.toThrow(ConfigurationError);
      await expect(server.start()).rejects.toThrow('the hook "start" refused: ');
      const [near, far] = memoryLinks();
      const over = server.accept(far);
      await expect(connect(near, { user: 'u', verifyHostKey: () => true })).rejects.toThrow();
      await over;
      expect(server.connections).toEqual([]);
    },
  );
});

describe('connection', () => {
  test('admit asks it before there is a stream, and it is not asked again', async () => {
    const asked: unknown[] = [];
    const hooks: Hooks = {
      none,
      connection: (peer) => {
        asked.push(peer.remoteAddress);
        return peer.remoteAddress === '192.0.2.1' ? accept : reject('not you');
      },
    };
    const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks, session: () => 0 });
    expect(await server.admit({ remoteAddress: '192.0.2.2' })).toBe(undefined);
    const welcome = await server.admit({ remoteAddress: '192.0.2.1' });
    const [near, far] = memoryLinks();
    void welcome?.(far);
    const client = await connect(near, { user: 'u', verifyHostKey: () => true, credentials: [{ method: 'none' }] });
    expect(asked).toEqual(['192.0.2.2', '192.0.2.1']);
    client.close();
    await server.close();
    expect(await server.admit({ remoteAddress: '192.0.2.1' })).toBe(undefined);
  });

  test('is told of the upgrade and of those that are there, and alone keeps what it was told', async () => {
    const told: unknown[] = [];
    const records: LogRecord[] = [];
    const hooks: Hooks = {
      none,
      log: (record) => void records.push(record),
      connection: ({ headers, edge, counts }) => void told.push([headers?.get('cookie'), edge?.country, counts]),
    };
    const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks, session: () => 0 });
    const headers = new Map([['cookie', 'secret']]);
    const peers: unknown[] = [];
    for (const remoteAddress of ['192.0.2.1', '192.0.2.1', '192.0.2.3']) {
      const welcome = await server.admit({ remoteAddress }, { headers, edge: { country: 'NL' } });
      const [near, far] = memoryLinks();
      void welcome?.(far);
      await connect(near, { user: 'u', verifyHostKey: () => true, credentials: [{ method: 'none' }] });
      peers.push(server.connections.at(-1)?.peer);
    }
    const count = (connections: number, unauthenticated: number) => ({ connections, unauthenticated });
    expect(told).toEqual([
      ['secret', 'NL', { ...count(0, 0), fromSource: count(0, 0) }],
      ['secret', 'NL', { ...count(1, 0), fromSource: count(1, 0) }],
      ['secret', 'NL', { ...count(2, 0), fromSource: count(0, 0) }],
    ]);
    expect(peers).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.3'].map((remoteAddress) => ({ remoteAddress })));
    expect(JSON.stringify(records)).not.toContain('secret');
    await server.close();
  });

  test('over a stream: counts all others, and not itself', async () => {
    const told: unknown[] = [];
    const hooks: Hooks = { none, connection: ({ headers, counts }) => void told.push([headers, counts]) };
    const { server, client } = await pair({ server: { hooks } });
    const [near, far] = memoryLinks({ peer: { remoteAddress: '192.0.2.1' } });
    void server.accept(far);
    await turns();
    near.destroy();
    const one = { connections: 1, unauthenticated: 0 };
    const nobody = { connections: 0, unauthenticated: 0 };
    expect(told).toEqual([
      [undefined, { ...nobody, fromSource: nobody }],
      [undefined, { ...one, fromSource: nobody }],
    ]);
    client.close();
    await server.close();
  });
});

describe('service', () => {
  const answers: readonly (readonly [string, () => Accept | Reject | undefined, boolean])[] = [
    ['accept', () => accept, true],
    ['no opinion', () => undefined, true],
    ['reject', refuse, false],
    ['a throw', fail, false],
  ];
  test.each(answers)('%s', async (_name, service, isServed) => {
    const asked: string[] = [];
    const hooks: Hooks = {
      none,
      service: (name) => {
        asked.push(name);
        return service();
      },
    };
    const connecting = pair({ server: { hooks } });
    if (isServed) (await connecting).client.close();
    else await expect(connecting).rejects.toMatchObject({ reason: 7 });
    expect(asked).toEqual(['ssh-userauth']);
  });
});

describe('channel', () => {
  const served = async (channel: Hooks['channel'] & object) => {
    const { client } = await pair({ server: { hooks: { none, channel }, session: () => 7 } });
    return client;
  };
  const granting: readonly (readonly [string, Hooks['channel'] & object])[] = [
    ['accept', () => accept],
    ['no opinion', () => undefined],
  ];
  test.each(granting)('%s: a session, and nothing that nobody serves', async (_name, channel) => {
    const client = await served(channel);
    expect((await client.exec('x')).exitCode).toBe(7);
    await expect(client.openChannel('chat@example.org')).rejects.toMatchObject({ code: 3 });
    client.close();
  });
  const refusing: readonly (readonly [string, Hooks['channel'] & object])[] = [
    ['reject', refuse],
    ['a throw', fail],
  ];
  test.each(refusing)('%s: reason 1', async (_name, channel) => {
    const client = await served(channel);
    await expect(client.exec('x')).rejects.toMatchObject({ code: 1 });
    await expect(client.openChannel('chat@example.org')).rejects.toMatchObject({ code: 1 });
    client.close();
  });
  test('a handler serves a type of its own, with its fields; the channel closes behind it', async () => {
    const client = await served(({ type, fields }) => {
      if (type !== 'chat@example.org') return undefined;
      return async (stream) => {
        const writer = stream.writable.getWriter();
        await writer.write(fields);
        await writer.close();
      };
    });
    const stream = await client.openChannel('chat@example.org', Uint8Array.of(104, 105));
    expect(text((await stream.read()) ?? new Uint8Array(0))).toBe('hi');
    expect(await stream.read()).toBe(undefined);
    await stream.closed;
    client.close();
  });
});

test('channelRequest: names that are not known here', async () => {
  const asked: unknown[] = [];
  const hooks: Hooks = {
    none,
    channelRequest: ({ name, fields, session }) => {
      asked.push(name, text(fields), session);
      if (name === 'throw@x') throw new Error('no');
      return name === 'yes@x' ? accept : undefined;
    },
  };
  const { client } = await pair({ server: { hooks, session: () => 0 } });
  const stream = await client.openChannel('session');
  await stream.request('yes@x', new TextEncoder().encode('fields'));
  await expect(stream.request('no@x', new Uint8Array(0))).rejects.toThrow('refused');
  await expect(stream.request('throw@x', new Uint8Array(0))).rejects.toThrow('refused');
  expect(asked.slice(0, 3)).toEqual(['yes@x', 'fields', undefined]);
  client.close();
});

describe('command', () => {
  test('adjust goes on with another request', async () => {
    const command = ({ request }: Session) =>
      request.type === 'exec' && request.command === 'sub'
        ? adjust({ type: 'subsystem', command: 'sftp' })
        : adjust({ command: 'other', env: { LANG: 'C' } });
    const { client } = await pair({ server: { hooks: { none, command }, session: describeSession } });
    const run = async (words: string): Promise<unknown> => JSON.parse(text((await client.exec(words)).stdout));
    expect(await run('one')).toEqual([{ type: 'exec', command: 'other' }, { LANG: 'C' }]);
    expect(await run('sub')).toEqual([{ type: 'subsystem', name: 'sftp' }, {}]);
    client.close();
  });
  const odd: readonly (readonly [string, unknown])[] = [
    ['a text', 'deny'],
    ['an object', {}],
    ['an exit status of a kind', { verdict: 'reply' }],
  ];
  test.each(odd)('%s is no consent: CHANNEL_FAILURE', async (_what, answer) => {
    const { client } = await pair({ server: { hooks: { none, command: () => answer as never }, session: () => 0 } });
    await expect(client.exec('x')).rejects.toThrow('refused');
    client.close();
  });
  test('a connection that ends while one is asked leaves no timer behind', async () => {
    const clock = new ManualClock();
    const hooks: Hooks = { none, command: () => new Promise<undefined>(() => undefined) };
    const { client, server } = await pair({ server: { hooks, session: () => 0, clock } });
    client.exec('x').catch(() => undefined);
    await turns();
    expect(clock.pending).toBeGreaterThan(0);
    client.close();
    await server.close();
    expect(clock.pending).toBe(0);
  });
  test('one that never settles has refused after timeouts.hook, and costs its own connection only', async () => {
    const clock = new ManualClock();
    const command = ({ user }: Session) => (user === 'stuck' ? new Promise<undefined>(() => undefined) : undefined);
    const options: ServerOptions = { hooks: { none, command }, session: () => 5, clock, timeouts: { hook: 1000 } };
    const server = createServer({ ...options, hostKeys: [await generateKey('ssh-ed25519')] });
    const dial = async (user: string) => {
      const [near, far] = memoryLinks();
      void server.accept(far);
      return connect(near, { user, verifyHostKey: () => true, credentials: [{ method: 'none' }] });
    };
    const [stuck, other] = await Promise.all([dial('stuck'), dial('other')]);
    const never = stuck.exec('x');
    never.catch(() => undefined);
    expect((await other.exec('x')).exitCode).toBe(5);
    await turns();
    clock.advance(1000);
    await expect(never).rejects.toThrow('refused');
    await server.close();
  });
});

const unclear: readonly (readonly [string, () => unknown])[] = [
  ['a text', () => 'deny'],
  ['a promise', () => Promise.resolve()],
  ['a promise that rejects', () => Promise.reject(new Error('no'))],
];
test.each(unclear)('message: %s is no consent, and nothing else fails by it', async (_what, give) => {
  const message: Hooks['message'] = ({ kind }) => (kind === 'open' ? (give() as never) : undefined);
  const { client } = await pair({ server: { hooks: { none, message }, session: () => 0 } });
  await expect(client.exec('x')).rejects.toMatchObject({ code: 1 });
  client.close();
});

test('log: what fails later changes nothing either', async () => {
  const hooks: Hooks = { none, log: () => Promise.reject(new Error('no')) as never };
  const logger = (): never => Promise.reject(new Error('no')) as never;
  const { client } = await pair({ server: { hooks, logger, session: () => 3 } });
  expect((await client.exec('x')).exitCode).toBe(3);
  client.close();
});

test('banner: shown once, before the answer to the first attempt', async () => {
  const events: string[] = [];
  const { client } = await pair({
    server: {
      banner: 'authorised only\n',
      hooks: {
        password: (_attempt, password) => (events.push(password), password === 'right' ? accept : reject('no')),
      },
    },
    client: {
      onBanner: (text) => events.push(text),
      credentials: [
        { method: 'password', password: 'wrong' },
        { method: 'password', password: 'right' },
      ],
    },
  });
  expect(events).toEqual(['wrong', 'authorised only\n', 'right']);
  client.close();
});

describe('motd', () => {
  const shown = async (motd: ServerOptions['motd'] & (string | object), hooks: Hooks = {}): Promise<unknown> => {
    const session = async (s: Session) => (await s.print('|handler'), 0);
    const { client } = await pair({ server: { hooks: { none, ...hooks }, session, motd } });
    const pty = { term: 'xterm', columns: 80, rows: 24 };
    const all = async (stream: { readonly read: () => Promise<Uint8Array | undefined> }): Promise<string> => {
      let result = '';
      for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) result += text(chunk);
      return result;
    };
    const plain = await client.openChannel('session');
    await plain.request('shell', new Uint8Array(0));
    const results = [await all(await client.shell({ pty })), await all(plain), text((await client.exec('x')).stdout)];
    client.close();
    return results;
  };
  test('is shown before the handler of a shell with a terminal only', async () => {
    expect(await shown('hello\n')).toEqual(['hello\r\n|handler', '|handler', '|handler']);
  });
  test('may be made for the session; one that throws is left out', async () => {
    expect(await shown(({ user }) => `hello ${user}`)).toEqual(['hello test|handler', '|handler', '|handler']);
    expect(await shown(fail)).toEqual(['|handler', '|handler', '|handler']);
  });
});

test('sessions are taken by the application, which ends them when it likes', async () => {
  const { server, client } = await pair({ server: { hooks: { none } } });
  const serve = (async () => {
    for await (const session of server.sessions()) {
      await session.print(session.user);
      session.exit(4);
    }
  })();
  const { stdout, exitCode } = await client.exec('x');
  expect([text(stdout), exitCode]).toEqual(['test', 4]);
  expect((await client.exec('y')).exitCode).toBe(4);
  await server.close();
  await serve;
});

test('sessions that are taken run a handler as the option would: its status, 1 and a record where it throws', async () => {
  const log: LogRecord[] = [];
  const hooks: Hooks = { none, log: (record) => void log.push(record) };
  const { server, client } = await pair({ server: { hooks } });
  const handler = async (session: Session): Promise<number> => {
    const { request } = session;
    if (request.type === 'exec' && request.command === 'fail') throw new Error('no');
    await session.printError('served\n');
    return 5;
  };
  void (async () => {
    for await (const session of server.sessions()) void session.run(handler);
  })();
  const { stderr, exitCode } = await client.exec('x');
  expect([text(stderr), exitCode, (await client.exec('fail')).exitCode]).toEqual(['served\n', 5, 1]);
  expect(log.filter(({ priority }) => priority === 3).map(({ fields }) => fields['error'])).toEqual(['Error: no']);
  await server.close();
});

test('sessions go to the option, or to whoever takes them', () => {
  expect(() => createServer({ session: () => 0 }).sessions()).toThrow(ConfigurationError);
});

test('values pass between the program and a handler, both ways, until the connection ends', async () => {
  const heard: unknown[] = [];
  const session = async ({ connection }: Session): Promise<number> => {
    for await (const value of connection.messages) {
      heard.push(value);
      if (value === 'stop') break;
    }
    connection.post({ heard: heard.length });
    return 3;
  };
  const { server, client } = await pair({ server: { hooks: { none }, session } });
  const connection = server.connections[0]!;
  connection.post('early');
  const running = client.exec('x');
  await turns();
  const answers = connection.messages[Symbol.asyncIterator]();
  connection.post('stop');
  expect((await running).exitCode).toBe(3);
  expect(heard).toEqual(['early', 'stop']);
  expect(await answers.next()).toEqual({ done: false, value: 'stop' });
  expect(await answers.next()).toEqual({ done: false, value: { heard: 2 } });
  client.close();
  expect(await answers.next()).toEqual({ done: true, value: undefined });
});
