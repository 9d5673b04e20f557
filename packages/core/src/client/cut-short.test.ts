/** Output that a connection cuts short is never taken for all of it: whoever reads gets what has arrived, and then an error. */
import { expect, test, vi } from 'vitest';
import { noble } from '../crypto/noble.js';
import { ConnectionClosedError, ConnectionLostError, DisconnectedError } from '../errors.js';
import type { Duplex } from '../link.js';
import type { LiveConnection } from '../server/connection.js';
import { accept } from '../server/verdict.js';
import type { ServerOptions } from '../server/options.js';
import type { Session } from '../server/session/session.js';
import { memoryLinks, pair } from '../testing/index.js';
import { startClient } from './client.js';

const utf8 = new TextEncoder();
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);
const never = (): Promise<never> => new Promise(() => undefined);

/** Two ends, and what breaks the stream between them. */
async function start(server: ServerOptions) {
  const streams = memoryLinks();
  const ends = await pair({ streams, server: { hooks: { none: () => accept }, ...server } });
  return { ...ends, breakOff: () => streams[1].destroy() };
}

const half = async (session: Session): Promise<never> => {
  await session.write(utf8.encode('half'));
  await session.writeError(utf8.encode('of both'));
  return never();
};

type Started = Awaited<ReturnType<typeof start>>;
const ends: [string, new (...values: never[]) => Error, (started: Started) => void][] = [
  ['the stream breaks', ConnectionLostError, ({ breakOff }) => breakOff()],
  ['the server disconnects', DisconnectedError, ({ server }) => server.connections[0]!.disconnect('enough')],
  ['the client closes it', ConnectionClosedError, ({ client }) => client.close()],
];

test.each(ends)('%s: both outputs give what has arrived, then the error', async (_what, kind, end) => {
  const started = await start({ session: half });
  const { client } = started;
  const process = await client.spawn('x');
  expect(text(await process.readError())).toBe('of both');
  const waiting = expect(process.readError()).rejects.toThrow(kind);
  end(started);
  await waiting;
  const closed = await client.closed;
  // Read only now: nobody was there when it happened.
  expect(text(await process.read())).toBe('half');
  const error = await process.read().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(kind);
  if (closed !== undefined) expect(error).toBe(closed);
  await expect(process.read()).rejects.toBe(error);
  expect(await process.exited).toEqual({ exitCode: undefined, signal: undefined });
});

test.each(ends)('%s: the web streams fail', async (_what, kind, end) => {
  const started = await start({ session: half });
  const process = await started.client.spawn('x');
  const shown: (string | undefined)[] = [];
  const reading = (async () => {
    for await (const chunk of process.stdout) {
      shown.push(text(chunk));
      end(started);
    }
  })();
  await expect(reading).rejects.toThrow(kind);
  await expect(process.stderr.pipeTo(new WritableStream())).rejects.toThrow(kind);
  expect(shown).toEqual(['half']);
});

test.each(ends)('%s: nobody reads, and no rejection is left unhandled', async (_what, _kind, end) => {
  const unhandled = vi.fn<(reason: unknown) => void>();
  process.on('unhandledRejection', unhandled);
  try {
    const started = await start({
      session: half,
      hooks: { none: () => accept, channel: ({ type }) => (type === 'session' ? undefined : () => never()) },
    });
    const command = await started.client.spawn('x');
    const streams = [command.stdout, command.stderr];
    const channel = await started.client.openChannel('x@example.com');
    streams.push(channel.readable);
    end(started);
    await Promise.all([command.exited, channel.closed]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});

test('a command that has told its status, and not all of its output, is not collected as if it had', async () => {
  const { client, server, breakOff } = await start({
    session: async (session) => {
      await session.print('half');
      const live = server.connections[0] as unknown as LiveConnection;
      live.engine!.multiplexer.channels[0]!.request('exit-status', new Uint8Array(4));
      breakOff();
      return never();
    },
  });
  await expect(client.exec('x')).rejects.toThrow(ConnectionLostError);
});

test.each(ends)('%s: what is whole, or not wanted, ends as ever', async (_what, _kind, end) => {
  const started = await start({ session: (session) => (session.request.type === 'exec' ? 0 : never()) });
  const { client } = started;
  const whole = await client.spawn('true');
  const ignored = await client.shell();
  ignored.ignoreOutput();
  const closed = await client.shell();
  closed.close();
  await whole.exited;
  end(started);
  await client.closed;
  expect([await whole.read(), await whole.readError()]).toEqual([undefined, undefined]);
  expect(await ignored.read()).toBe(undefined);
  expect([await closed.read(), await closed.readError()]).toEqual([undefined, undefined]);
});

test.each(ends)('%s: a channel that a client opened is cut short, too', async (_what, kind, end) => {
  const serve = async ({ writable }: Duplex): Promise<never> => {
    await writable.getWriter().write(utf8.encode('half'));
    return never();
  };
  const started = await start({ hooks: { none: () => accept, channel: () => serve } });
  const stream = await started.client.openChannel('x@example.com');
  const web = await started.client.openChannel('x@example.com');
  expect(text(await stream.read())).toBe('half');
  end(started);
  await stream.closed;
  await expect(stream.read()).rejects.toThrow(kind);
  const reader = web.readable.getReader();
  expect(text((await reader.read()).value)).toBe('half');
  await expect(reader.read()).rejects.toThrow(kind);
});

test('a connection over a channel that is cut short says so, and why', async () => {
  const outer = await start({ hooks: { none: () => accept, channel: () => () => never() } });
  const stream = await outer.client.openChannel('direct-tcpip');
  const inner = startClient(stream, { user: 'u', crypto: noble, verifyHostKey: () => true });
  outer.breakOff();
  expect(await inner.closed).toMatchObject({ name: 'ConnectionLostError', cause: { name: 'ConnectionLostError' } });
});

test('a server: a stream is cut short for its handler, and a session ends and is closed; neither is a failure', async () => {
  const told: unknown[] = [];
  const log: string[] = [];
  const serve = async (stream: Duplex): Promise<void> => {
    const reader = stream.readable.getReader();
    await reader.read();
    const reason = await reader.read().catch((error: unknown) => error);
    told.push((reason as Error).name);
    throw reason;
  };
  const started = await start({
    hooks: {
      none: () => accept,
      log: ({ priority, message }) => void (priority <= 4 && log.push(message)),
      channel: ({ type }) => (type === 'session' ? undefined : serve),
    },
    session: async (session) => {
      const { closed } = session;
      told.push(await session.read(), closed.aborted);
      return 0;
    },
  });
  const stream = await started.client.openChannel('x@example.com');
  await stream.write(utf8.encode('half'));
  await started.client.shell();
  started.client.close();
  await expect.poll(() => told.length).toBe(3);
  await expect.poll(() => started.server.connections.length).toBe(0);
  expect(told.toSorted()).toEqual(['DisconnectedError', true, undefined]);
  expect(log).toEqual([]);
});
