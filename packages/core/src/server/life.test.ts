/** The life of a server: who is admitted, who is told to go, and what it reports, on a manual clock. */
import { describe, expect, test } from 'vitest';
import { connect, type Client } from '../client/client.js';
import { acceptAnyHostKey } from '../client/options.js';
import { ConfigurationError, DisconnectedError } from '../errors.js';
import { generateKey } from '../keys/index.js';
import type { Peer } from '../link.js';
import { ManualClock, memoryLinks } from '../testing/index.js';
import { createServer } from './create-server.js';
import type { LogRecord } from './log/log.js';
import { DEFAULT_SERVER_LIMITS, type ServerOptions } from './options.js';
import type { Server } from './server.js';
import type { Session } from './session/session.js';
import { accept } from './verdict.js';

const key = await generateKey('ssh-ed25519');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const settle = async (): Promise<void> => {
  for (let index = 0; index < 8; index += 1) await turn();
};

interface Life {
  readonly server: Server;
  readonly clock: ManualClock;
  readonly log: LogRecord[];
  visit(remoteAddress?: string): Promise<Client>;
}

function live(options: ServerOptions = {}): Life {
  const clock = new ManualClock();
  const log: LogRecord[] = [];
  const server = createServer({
    hostKeys: [key],
    clock,
    session: (session) => session.write(new Uint8Array(1)),
    ...options,
    hooks: { none: () => accept, log: (record) => void log.push(record), ...options.hooks },
  });
  const visit = (remoteAddress = '192.0.2.1'): Promise<Client> => {
    const [near, far] = memoryLinks({ peer: { remoteAddress } });
    void server.accept(far);
    return connect(near, {
      user: 'anna',
      verifyHostKey: acceptAnyHostKey(() => undefined),
      credentials: [{ method: 'none' }],
    });
  };
  return { server, clock, log, visit };
}

/** A peer that says nothing. */
function lurk(server: Server, peer: Peer): { heard: string; isEnded: boolean; leave(): void } {
  const [near, far] = memoryLinks({ peer });
  const lurker = { heard: '', isEnded: false, leave: () => near.destroy() };
  near.open({
    chunk: (bytes) => void (lurker.heard += new TextDecoder('latin1').decode(bytes)),
    end: () => void (lurker.isEnded = true),
    drain: () => undefined,
  });
  void server.accept(far);
  return lurker;
}

describe('a graceful close', () => {
  const untilTold = async (session: Session): Promise<number> => {
    await new Promise<void>((resolve) => session.connection.closing.addEventListener('abort', () => resolve()));
    await session.print('bye');
    return 5;
  };

  test('tells sessions, lets them end, and ends who has none at once', async () => {
    const { server, clock, visit } = live({ session: untilTold });
    const [busy, idle] = [await visit(), await visit()];
    const silent = lurk(server, { remoteAddress: '192.0.2.9' });
    const command = busy.exec('wait');
    await settle();
    expect(server.state).toBe('open');
    const closed = server.close({ graceful: true });
    expect(server.state).toBe('closing');
    const { exitCode, stdout } = await command;
    expect([exitCode, new TextDecoder().decode(stdout)]).toEqual([5, 'bye']);
    await settle();
    // A client that does not hang up itself is given a second.
    clock.advance(1_000);
    await closed;
    expect([server.state, server.connections.length, silent.isEnded]).toEqual(['closed', 0, true]);
    await server.closed;
    await expect(idle.exec('x')).rejects.toThrow('the server is closing');
  });

  test('takes no connection and no session in the meantime, and ends what is left at its deadline', async () => {
    const { server, clock, visit } = live({ session: () => new Promise(() => undefined) });
    const client = await visit();
    const stuck = client.exec('stuck');
    const over = expect(stuck).rejects.toThrow(DisconnectedError);
    await settle();
    let isClosed = false;
    const closing = server.close({ graceful: true, deadline: 10_000 }).then(() => (isClosed = true));
    await expect(client.exec('late')).rejects.toThrow('the server is closing');
    const late = lurk(server, {});
    clock.advance(9_999);
    await settle();
    expect([isClosed, late.isEnded, late.heard]).toEqual([false, true, '']);
    clock.advance(1);
    await over;
    clock.advance(1_000);
    await closing;
    expect(server.connections).toEqual([]);
  });

  test('a second close, without grace, does not wait', async () => {
    const { server, clock, visit } = live({ session: () => new Promise(() => undefined) });
    const client = await visit();
    const stuck = expect(client.exec('stuck')).rejects.toThrow();
    await settle();
    const first = server.close({ graceful: true });
    const second = server.close();
    await stuck;
    clock.advance(1_000);
    await Promise.all([first, second]);
  });
});

describe('timeouts', () => {
  test('idle: data keeps a connection, silence ends it, keepalives do not count', async () => {
    const echo = async (session: Session): Promise<void> => {
      for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
        await session.write(chunk);
    };
    const { server, clock, log, visit } = live({ session: echo, timeouts: { idle: 8000 } });
    const client = await visit();
    const shell = await client.shell();
    for (let index = 0; index < 4; index += 1) {
      clock.advance(7000);
      await shell.write('x');
      await shell.read();
    }
    expect(server.connections.length).toBe(1);
    for (let index = 0; index < 9; index += 1) {
      await client.ping();
      clock.advance(1000);
    }
    await settle();
    clock.advance(1000);
    await settle();
    expect(server.connections.length).toBe(0);
    await expect(client.exec('x')).rejects.toThrow('nothing has moved for too long');
    expect(log.at(-1)).toMatchObject({ message: 'closed' });
  });

  test('unused: a connection without a channel ends, one with a silent channel stays', async () => {
    const { server, clock, visit } = live({
      session: () => new Promise(() => undefined),
      timeouts: { unused: 8000 },
    });
    const [used, unused] = [await visit(), await visit()];
    await used.shell();
    clock.advance(8000);
    await settle();
    clock.advance(1000);
    await settle();
    expect(server.connections.length).toBe(1);
    await expect(unused.exec('x')).rejects.toThrow('no channel was opened for too long');
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('%d is no timeout', (idle) => {
    expect(() => createServer({ timeouts: { idle } })).toThrow(ConfigurationError);
  });
});

describe('the door', () => {
  test('who finds no room is told so, with reason 12, before any key exchange', async () => {
    const { server, clock, log } = live();
    const lurkers = Array.from({ length: 11 }, () => lurk(server, { remoteAddress: '192.0.2.1' }));
    await settle();
    const last = lurkers.at(-1)!;
    expect([last.isEnded, last.heard.includes('too many connections, try again later')]).toEqual([true, true]);
    expect(last.heard.slice(last.heard.indexOf('\n') + 6, last.heard.indexOf('too many')).slice(0, 5)).toBe(
      '\u0001\0\0\0\u000c',
    );
    expect(server.stats).toMatchObject({ connections: 10, unauthenticated: 10, refused: 1, accepted: 10 });
    expect(log.filter(({ message }) => message.startsWith('refused')).length).toBe(1);
    for (const { leave } of lurkers) leave();
    clock.advance(1000);
    await settle();
    expect(server.stats.connections).toBe(0);
  });

  test('retryDelay: who finds no room is tried once more', async () => {
    const { server, clock } = live({ limits: { unauthenticatedFromSource: 1, retryDelay: 5000 } });
    const first = lurk(server, { remoteAddress: '192.0.2.1' });
    const [lucky, other] = [lurk(server, { remoteAddress: '192.0.2.1' }), lurk(server, { remoteAddress: '192.0.2.1' })];
    await settle();
    expect([lucky.heard, other.heard]).toEqual(['', '']);
    first.leave();
    await settle();
    clock.advance(5000);
    await settle();
    expect(lucky.heard).toMatch(/^SSH-2\.0-/);
    expect([lucky.isEnded, other.isEnded]).toEqual([false, true]);
    expect(other.heard).toContain('too many connections');
  });

  test('acceptDelay: connections begin one after another', async () => {
    const { server, clock } = live({ limits: { acceptDelay: 100 } });
    const lurkers = [1, 2, 3].map((index) => lurk(server, { remoteAddress: `192.0.2.${index}` }));
    const begun = (): number => lurkers.filter(({ heard }) => heard !== '').length;
    await settle();
    expect(begun()).toBe(1);
    clock.advance(100);
    await settle();
    expect(begun()).toBe(2);
    clock.advance(100);
    await settle();
    expect(begun()).toBe(3);
  });

  test('penalties: who fails three times is not let in for 15 s, others are, and it runs off', async () => {
    const asked: unknown[] = [];
    const connection = (peer: Peer): void => void asked.push(peer);
    const { server, clock, log } = live({ hooks: { none: () => undefined, password: () => undefined, connection } });
    const fail = async (address: string): Promise<unknown> => {
      const [near, far] = memoryLinks({ peer: { remoteAddress: address } });
      void server.accept(far);
      const client = connect(near, {
        user: 'anna',
        verifyHostKey: acceptAnyHostKey(() => undefined),
        credentials: [{ method: 'password', password: 'wrong' }],
      });
      const failure = client.catch((error: unknown) => error);
      for (let index = 0; index < 40; index += 1) {
        await settle();
        clock.advance(10);
      }
      return failure;
    };
    for (let index = 0; index < 4; index += 1) await fail('192.0.2.1');
    expect(server.stats.offences.authenticationFailed).toBe(4);
    // Users who mistype on their own server must be able to find out why it no longer answers.
    const told = log.filter(({ message }) => message === 'its source is refused from now on');
    expect(told.map(({ priority, fields }) => [priority, fields['source'], fields['remoteAddress']])).toEqual([
      [4, '192.0.2.1', '192.0.2.1'],
    ]);
    expect(Date.parse(String(told[0]?.fields['until']))).toBeGreaterThan(0);
    const refused = lurk(server, { remoteAddress: '192.0.2.1' });
    const welcome = lurk(server, { remoteAddress: '192.0.2.2' });
    await settle();
    expect([refused.heard, refused.isEnded, welcome.isEnded]).toEqual(['', true, false]);
    expect(server.stats.penalised).toBe(1);
    const before = asked.length;
    expect(await server.admit({ remoteAddress: '192.0.2.1' })).toBe(undefined);
    expect([server.stats.penalised, asked.length]).toEqual([2, before]);
    expect(log.map(({ message }) => message)).toContain('refused: its source has penalties');
    clock.advance(15_000);
    await settle();
    expect(lurk(server, { remoteAddress: '192.0.2.1' }).isEnded).toBe(false);
  });

  test('stats by source: an IPv6 source is a /64', async () => {
    const { server, visit } = live();
    await visit('2001:db8::1');
    lurk(server, { remoteAddress: '2001:db8::2' });
    lurk(server, { remoteAddress: '::ffff:192.0.2.7' });
    lurk(server, {});
    await settle();
    expect([...server.stats.sources]).toEqual([
      ['2001:db8:0:0::/64', { connections: 2, unauthenticated: 1 }],
      ['192.0.2.7', { connections: 1, unauthenticated: 1 }],
      ['', { connections: 1, unauthenticated: 1 }],
    ]);
    expect(server.stats).toMatchObject({ connections: 4, unauthenticated: 3, authenticated: 1, channels: 0 });
  });
});

test('a resumed connection takes no place among those that have not authenticated', async () => {
  const { server, visit } = live({ session: { open: () => undefined } });
  await visit();
  await settle();
  const [connection] = server.connections;
  const snapshot = connection!.snapshot();
  await settle();
  expect(server.stats.connections).toBe(0);
  void server.resume(snapshot, memoryLinks()[1]);
  await settle();
  expect(server.stats).toMatchObject({ connections: 1, unauthenticated: 0 });
  expect(DEFAULT_SERVER_LIMITS.unauthenticated).toBe(100);
});
