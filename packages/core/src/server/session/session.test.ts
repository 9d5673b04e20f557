import { expect, test } from 'vitest';
import { pair } from '../../testing/index.js';
import { sessionRequests } from '../../connection/session-requests.js';
import type { Duplex } from '../../link.js';
import type { LogRecord } from '../log/log.js';
import type { ServerOptions } from '../options.js';
import { accept } from '../verdict.js';
import type { Session, SessionHandler, SessionObject } from './session.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const open = { none: () => accept };

test('RFC 4254 §6: shows its terminal, its environment and what was asked for', async () => {
  const seen: unknown[] = [];
  const session = (s: Session): void => void seen.push(s.request, s.pty, [...s.env], s.user);
  const { client } = await pair({ server: { hooks: open, session } });
  const pty = { term: 'vt100', columns: 90, rows: 20, modes: { ECHO: 0, VINTR: 3 } };
  await (
    await client.spawn('x', { pty, env: { A: '1' } })
  ).exited;
  await (
    await client.subsystem('sftp')
  ).exited;
  expect(seen.slice(0, 4)).toMatchObject([{ type: 'exec', command: 'x' }, pty, [['A', '1']], 'test']);
  expect(seen.slice(4, 6)).toEqual([{ type: 'subsystem', name: 'sftp' }, undefined]);
  client.close();
});

test('§6.7, §6.9: sizes and signals arrive in order', async () => {
  const session = async (s: Session): Promise<number> => {
    for await (const { columns, rows } of s.resizes) {
      await s.print(`${columns}x${rows} now ${s.pty?.columns}\n`);
      if (columns === 3) break;
    }
    for await (const name of s.signals) {
      await s.print(`${name}\n`);
      if (name === 'TERM') break;
    }
    return 0;
  };
  const { client } = await pair({ server: { hooks: open, session } });
  const shell = await client.shell();
  for (const columns of [1, 2, 3]) shell.resize(columns, 10);
  shell.kill('INT');
  shell.kill('TERM');
  let output = '';
  for (let chunk = await shell.read(); chunk !== undefined; chunk = await shell.read()) output += text(chunk);
  // ONLCR is on for a pty that does not mention it.
  expect(output).toMatch(/^1x10 now \d\r\n2x10 now \d\r\n3x10 now 3\r\nINT\r\nTERM\r\n$/);
  client.close();
});

test('§6.7, §6.9: sizes and signals right behind the command reach an object handler, after `open`', async () => {
  const seen: unknown[] = [];
  const session: SessionObject = {
    open: (s) => void seen.push('open', s.pty?.columns),
    resize: (_session, { columns }) => void seen.push(columns),
    signal: (_session, name) => void seen.push(name),
  };
  const { client } = await pair({ server: { hooks: open, session } });
  const channel = await client.openChannel('session');
  const size = { columns: 1, rows: 1, widthPixels: 0, heightPixels: 0 };
  const { 'pty-req': pty, exec, signal, 'window-change': resize } = sessionRequests;
  await Promise.all([
    channel.request('pty-req', pty.encode({ term: 'x', ...size, modes: new Uint8Array(0) })),
    channel.request('exec', exec.encode({ command: 'x' })),
    channel.request('signal', signal.encode({ signalName: 'INT' })),
    channel.request('window-change', resize.encode({ ...size, columns: 2 })),
  ]);
  await client.ping();
  expect(seen).toEqual(['open', expect.any(Number), 'INT', 2]);
  client.close();
});

test('a stream to the command, or to a channel, that is aborted closes it: input cut short does not look whole', async () => {
  const server: ServerOptions = {
    hooks: {
      ...open,
      channel: ({ type }) =>
        type === 'session' ? accept : ({ readable }: Duplex) => readable.pipeTo(new WritableStream()),
    },
    session: (s) => s.stdin.pipeTo(new WritableStream()),
  };
  const { client } = await pair({ server });
  const broken = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: () => {
        throw new Error('the source broke');
      },
    });
  const command = await client.spawn('x');
  await expect(broken().pipeTo(command.stdin)).rejects.toThrow('the source broke');
  expect(await command.exited).toEqual({ exitCode: undefined, signal: undefined });
  const channel = await client.openChannel('x@example.com');
  await expect(broken().pipeTo(channel.writable)).rejects.toThrow('the source broke');
  await channel.closed;
  client.close();
});

test('§6.10: ends by status, by signal, by a throw, and leaves nothing behind when the handler forgets', async () => {
  const log: LogRecord[] = [];
  const session = (s: Session): number | undefined => {
    const command = s.request.type === 'exec' ? s.request.command : '';
    if (command === 'die') s.exitSignal('TERM', { message: 'ended' });
    if (command === 'throw') throw new Error('broken');
    return command === 'status' ? 258 : undefined;
  };
  const { client } = await pair({ server: { hooks: { ...open, log: (record) => void log.push(record) }, session } });
  expect(await client.exec('die')).toMatchObject({ exitCode: undefined, signal: 'TERM' });
  expect(await client.exec('throw')).toMatchObject({ exitCode: 1, signal: undefined });
  expect(await client.exec('status')).toMatchObject({ exitCode: 258 });
  expect(await client.exec('nothing')).toMatchObject({ exitCode: 0 });
  expect(log).toContainEqual(expect.objectContaining({ category: 'session', message: 'a handler failed' }));
  client.close();
});

test('a handler without types that goes wrong ends its own session and nothing beside it', async () => {
  const wrong: Record<string, (s: Session) => unknown> = {
    'writes a number': (s) => s.write(5 as never),
    'writes nothing': (s) => s.writeError(undefined as never),
    'writes an array': (s) => s.write([1, 2] as never),
    'writes other numbers': (s) => s.write(new Uint32Array(2) as never),
    'writes a view': (s) => s.write(new DataView(new ArrayBuffer(2)) as never),
    'streams an object': (s) => s.stdout.getWriter().write({} as never),
    'throws what has no string': () => {
      throw Object.create(null) as Error;
    },
    'gives what is no number': () => 5n,
    'writes without waiting': (s) => {
      s.write({} as never).catch(() => undefined);
    },
  };
  const log: LogRecord[] = [];
  const session = ((s: Session) => (s.request.type === 'exec' ? wrong[s.request.command]?.(s) : 0)) as SessionHandler;
  const { client } = await pair({ server: { hooks: { ...open, log: (record) => void log.push(record) }, session } });
  const bystander = client.exec('nothing wrong');
  for (const what of Object.keys(wrong)) {
    log.length = 0;
    expect(await client.exec(what), what).toMatchObject({ exitCode: 1, stdout: new Uint8Array(0) });
    expect(log, what).toContainEqual(expect.objectContaining({ message: 'a handler failed' }));
  }
  expect(await bystander).toMatchObject({ exitCode: 0 });
  client.close();
});

test('text is written as it is, and printed with the line ends of a terminal', async () => {
  const session = async (s: Session): Promise<void> => {
    await s.write('é\n');
    await s.print('é\n');
    await s.writeError('e\n');
  };
  const { client } = await pair({ server: { hooks: open, session } });
  const { stdout, stderr } = await client.exec('x');
  expect([text(stdout), text(stderr)]).toEqual(['é\né\n', 'e\n']);
  const shell = await client.shell({ pty: { columns: 80, rows: 24 } });
  let output = '';
  for (let chunk = await shell.read(); chunk !== undefined; chunk = await shell.read()) output += text(chunk);
  expect(output).toBe('é\né\r\n');
  client.close();
});

test('when the client goes away, input ends and `closed` aborts', async () => {
  let finish: (value: unknown) => void;
  const finished = new Promise((resolve) => (finish = resolve));
  const session = async (s: Session): Promise<void> => {
    const aborted = new Promise((resolve) => s.closed.addEventListener('abort', () => resolve('aborted')));
    const rest = await s.read();
    const why = await aborted;
    finish([rest, why, await s.print('to nobody').catch((error: Error) => error.name)]);
  };
  const { client, server } = await pair({ server: { hooks: open, session } });
  await client.spawn('x');
  client.close();
  expect(await finished).toEqual([undefined, 'aborted', 'ConnectionClosedError']);
  await client.closed;
  await server.close();
  expect(server.connections.length).toBe(0);
});

test('a handler that writes for ever ends with its client, also where it waits for room', async () => {
  const log: LogRecord[] = [];
  let ended: () => void = () => undefined;
  const isOver = new Promise<void>((resolve) => (ended = resolve));
  const session = async (s: Session): Promise<void> => {
    try {
      for (;;) await s.write(new Uint8Array(100_000));
    } finally {
      ended();
    }
  };
  const { client } = await pair({ server: { hooks: { ...open, log: (record) => void log.push(record) }, session } });
  await client.spawn('x');
  client.close();
  await isOver;
  expect(log.filter(({ message }) => message === 'a handler failed')).toEqual([]);
});

test('stderr can be written after stdout was closed, and the status comes before EOF', async () => {
  const session = async (s: Session): Promise<number> => {
    await s.stdin.pipeTo(s.stdout);
    await s.writeError(new TextEncoder().encode('late'));
    return 3;
  };
  const { client } = await pair({ server: { hooks: open, session } });
  const { stdout, stderr, exitCode } = await client.exec('x', { stdin: 'in' });
  expect([text(stdout), text(stderr), exitCode]).toEqual(['in', 'late', 3]);
  client.close();
});

test('window credit is given back only for what the handler has read', async () => {
  let go: (value?: unknown) => void;
  const gate = new Promise((resolve) => (go = resolve));
  const session = async (s: Session): Promise<void> => {
    await gate;
    let length = 0;
    for (let chunk = await s.read(); chunk !== undefined; chunk = await s.read()) length += chunk.length;
    await s.print(`${length}`);
  };
  const limits = { connection: { window: 64 * 1024 } };
  const { client } = await pair({ server: { hooks: open, session, limits } });
  const command = await client.spawn('x');
  let isSent = false;
  const sent = command.write(new Uint8Array(200_000)).then(() => (isSent = true));
  for (let index = 0; index < 50; index += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(isSent).toBe(false);
  go!();
  await sent;
  command.end();
  expect(text((await command.read())!)).toBe('200000');
  client.close();
});

test.each([
  ['of 8 KiB', { sendBuffer: 8 * 1024 }, 8],
  ['by default', {}, 224],
])('the send buffer %s: with at most one more packet, it is one write', async (_name, connection, kibibytes) => {
  const written: number[] = [];
  const { client } = await pair({
    server: { hooks: open, session: (s) => s.write(new Uint8Array(2 ** 20)), limits: { connection } },
    link: { tap: (_from, chunk) => (written.push(chunk.length), chunk) },
  });
  await client.exec('x');
  client.close();
  const packet = 32 * 1024 + 100;
  expect(Math.max(...written)).toBeGreaterThan(kibibytes * 1024);
  expect(Math.max(...written)).toBeLessThan(kibibytes * 1024 + packet);
});

test('web streams: stdin to stdout', async () => {
  const session = (s: Session): Promise<void> => s.stdin.pipeTo(s.stdout);
  const { client } = await pair({ server: { hooks: open, session } });
  const { stdout, exitCode } = await client.exec('cat', { stdin: 'through' });
  expect([text(stdout), exitCode]).toEqual(['through', 0]);
  client.close();
});

test('PROTOCOL §2.1: a client that reads no more stops the writer; the exit status still comes', async () => {
  let isStopped = false;
  const { client } = await pair({
    server: {
      session: async (session) => {
        const chunk = new Uint8Array(64 * 1024);
        try {
          for (;;) await session.write(chunk);
        } catch {
          isStopped = true;
        }
        return 5;
      },
    },
  });
  const process = await client.spawn('yes');
  await process.read();
  process.ignoreOutput();
  expect((await process.exited).exitCode).toBe(5);
  expect(isStopped).toBe(true);
  client.close();
});

test('PROTOCOL §2.1: a handler that reads no more stops the client’s writes, and goes on itself', async () => {
  const { client } = await pair({
    server: {
      session: async (session) => {
        await session.read();
        session.discardInput();
        await session.print('done reading');
        return 0;
      },
    },
  });
  const process = await client.spawn('head');
  const chunk = new Uint8Array(64 * 1024);
  const writing = (async () => {
    for (;;) await process.write(chunk);
  })();
  await expect(writing).rejects.toThrow('no more input');
  expect(new TextDecoder().decode(await process.read())).toBe('done reading');
  expect((await process.exited).exitCode).toBe(0);
  client.close();
});
