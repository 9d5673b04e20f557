/** RFC 4254 §6: what passes through a server that relays its sessions to another. */
import { expect, onTestFinished, test } from 'vitest';
import { accept, type Client, type Session, type SessionHandler } from '../../index.js';
import { pair } from '../../testing/index.js';
import { relay, type RelayOptions } from './relay.js';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes ?? new Uint8Array(0));

/** A client of a server that relays to another one, which serves with `handler`. */
async function relayed(handler: SessionHandler, options?: RelayOptions): Promise<{ client: Client; inner: Client }> {
  const target = await pair({ server: { session: handler } });
  const { client } = await pair({ server: { session: relay(() => target.client, { keepOpen: true, ...options }) } });
  onTestFinished(() => {
    client.close();
    target.client.close();
  });
  return { client, inner: target.client };
}

test('a command: its words, environment, input, both outputs and status', async () => {
  const { client } = await relayed(async (session) => {
    const { request } = session;
    await session.print(`${request.type === 'exec' ? request.command : ''} ${session.env.get('LANG')} `);
    await session.writeError(new TextEncoder().encode('err'));
    for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
      await session.write(chunk);
    return 9;
  });
  const result = await client.exec('do it', { stdin: 'input', env: { LANG: 'C' } });
  expect([text(result.stdout), text(result.stderr), result.exitCode]).toEqual(['do it C input', 'err', 9]);
});

test('a shell: terminal with its modes, resizes, signals and breaks', async () => {
  const events: string[] = [];
  const { client } = await relayed(async (session: Session) => {
    const { term, columns, modes } = session.pty!;
    await session.print(`${term} ${columns} ${modes.VEOF}`);
    for await (const size of session.resizes) {
      events.push(`${size.columns}x${size.rows}`);
      break;
    }
    for await (const name of session.signals) {
      events.push(name);
      break;
    }
    for await (const length of session.breaks) {
      events.push(String(length));
      break;
    }
    session.exitSignal('TERM');
  });
  const shell = await client.shell({ pty: { term: 'vt220', columns: 132, rows: 50, modes: { VEOF: 4 } } });
  expect(text(await shell.read())).toBe('vt220 132 4');
  shell.resize(90, 20);
  shell.kill('USR2');
  await shell.ask('break', Uint8Array.of(0, 0, 1, 244), 'refused');
  expect((await shell.exited).signal).toBe('TERM');
  expect(events).toEqual(['90x20', 'USR2', '500']);
});

test('no terminal is asked for where the client has none', async () => {
  const { client } = await relayed((session) => (session.pty === undefined ? 0 : 1));
  const shell = await client.shell({ pty: undefined });
  expect((await shell.exited).exitCode).toBe(0);
});

test('a subsystem', async () => {
  const { client } = await relayed(async (session) => {
    await session.print(session.request.type === 'subsystem' ? session.request.name : '');
  });
  expect(text(await (await client.subsystem('sftp')).read())).toBe('sftp');
});

test('variables that are not to be passed on are not', async () => {
  const { client } = await relayed((session) => [...session.env.keys()].length, { env: (name) => name === 'LANG' });
  expect((await client.exec('x', { env: { LANG: 'C', SECRET: 'x' } })).exitCode).toBe(1);
});

test('the client goes, and so does the session behind', async () => {
  let isOver: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (isOver = resolve));
  const { client } = await relayed(async (session) => {
    await session.print('here');
    while ((await session.read()) !== undefined);
    isOver();
  });
  const remote = await client.spawn('wait');
  expect(text(await remote.read())).toBe('here');
  client.close();
  await over;
});

test('the connection to the other server breaks: what has arrived is passed on, and then the client is told', async () => {
  const log: string[] = [];
  const target = await pair({
    server: {
      session: async (session) => {
        await session.write(new Uint8Array(512 * 1024));
        session.connection.disconnect('secret');
        await session.read();
      },
    },
  });
  const { client } = await pair({
    server: {
      hooks: { none: () => accept, log: ({ message }) => void log.push(message) },
      session: relay(() => target.client),
    },
  });
  const { exitCode, stdout, stderr } = await client.exec('x');
  expect([exitCode, stdout.length, text(stderr)]).toEqual([255, 512 * 1024, 'the session was cut short\n']);
  expect(log).toContain('was cut short');
  client.close();
});

test('a client that reads no more ends the command behind, though that has more to say', async () => {
  const { client } = await relayed(async (session) => {
    for (;;) await session.write(new Uint8Array(64 * 1024));
  });
  const remote = await client.spawn('x');
  remote.saysEow = true;
  await remote.read();
  remote.ignoreOutput();
  expect((await remote.exited).exitCode).toBe(255);
});

test('the other server cannot be reached: status 255, and no word of why', async () => {
  const { client } = await pair({ server: { session: relay(() => Promise.reject(new Error('secret.internal'))) } });
  const { exitCode, stderr } = await client.exec('x');
  expect(exitCode).toBe(255);
  expect(text(stderr)).not.toContain('secret');
  client.close();
});

test('a client is closed with its session, unless it is to be kept', async () => {
  const { server, client: inner } = await pair({ server: { session: () => 0 } });
  const { client } = await pair({ server: { session: relay(() => inner) } });
  expect((await client.exec('x')).exitCode).toBe(0);
  await inner.closed;
  expect(server.connections).toEqual([]);
  client.close();
});
