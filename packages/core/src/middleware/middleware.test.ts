import { expect, test } from 'vitest';
import { compose, type Middleware } from '../server/compose.js';
import type { ExecOptions, ExecResult } from '../client/connection.js';
import { ConfigurationError } from '../errors.js';
import type { LogRecord } from '../server/log/log.js';
import type { SessionHandler } from '../server/session/session.js';
import { ManualClock, pair } from '../testing/index.js';
import { accessControl, activePty, elapsed, logging, motd, rateLimit } from './index.js';

const utf8 = new TextDecoder();
const hello: SessionHandler = async (session) => {
  await session.print('hello\n');
  return 7;
};

interface Visit {
  readonly log: LogRecord[];
  run(command?: string, options?: ExecOptions): Promise<{ out: string; err: string; exit: number | undefined }>;
  shell(pty?: boolean): Promise<{ out: string; exit: number | undefined }>;
  close(): void;
}

async function visit(middleware: Middleware, handler: SessionHandler = hello): Promise<Visit> {
  const log: LogRecord[] = [];
  const hooks = {
    none: () => ({ verdict: 'accept' }) as const,
    log: (record: LogRecord): void => void log.push(record),
  };
  const { client } = await pair({ server: { hooks, session: compose(middleware, handler) } });
  const show = ({ stdout, stderr, exitCode }: ExecResult) => ({
    out: utf8.decode(stdout),
    err: utf8.decode(stderr),
    exit: exitCode,
  });
  return {
    log,
    run: async (command = 'x', options = {}) => show(await client.exec(command, options)),
    shell: async (pty = true) => {
      const shell = await client.shell({ pty: pty ? {} : undefined });
      let out = '';
      for await (const chunk of shell.stdout) out += utf8.decode(chunk);
      const { exitCode } = await shell.exited;
      return { out, exit: exitCode };
    },
    close: () => client.close(),
  };
}

test('logging: the beginning, the end and the time, and no command unless asked for', async () => {
  const clock = new ManualClock();
  const { log, run, close } = await visit(logging({ clock }), () => {
    clock.advance(1500);
    return 3;
  });
  await run('mysql -psecret');
  const lines = log.filter(({ category }) => category === 'session');
  expect(lines.map(({ message }) => message)).toEqual(['began', 'ended']);
  expect(lines[1]!.fields).toMatchObject({ user: 'test', request: 'exec', exit: 3, ms: 1500 });
  expect(JSON.stringify(log)).not.toContain('secret');
  close();
});

test('logging: commands where asked for, without control characters; an end without a status where the handler throws', async () => {
  const { log, run, close } = await visit(logging({ commands: true }), () => {
    throw new Error('no');
  });
  await run('echo \u001b]0;x\u0007');
  const lines = log.filter(({ message }) => message === 'began' || message === 'ended');
  expect(lines.map(({ fields }) => fields['command'])).toEqual(['echo  ]0;x ', 'echo  ]0;x ']);
  expect(lines[1]!.fields).not.toHaveProperty('exit');
  close();
});

test('elapsed: for a person, not for a program', async () => {
  const clock = new ManualClock();
  const { run, shell, close } = await visit(elapsed({ clock }), async (session) => {
    clock.advance(1234);
    await session.print('hello\n');
  });
  expect(await run()).toEqual({ out: 'hello\n', err: '', exit: 0 });
  expect(await shell()).toEqual({ out: 'hello\r\nelapsed: 1.2 s\r\n', exit: 0 });
  close();
});

test('motd: before a shell with a terminal, nowhere else', async () => {
  const { run, shell, close } = await visit(motd(({ user }) => `welcome ${user}\n`));
  expect((await shell()).out).toBe('welcome test\r\nhello\r\n');
  expect((await shell(false)).out).toBe('hello\n');
  expect((await run('x', { pty: {} })).out).toBe('hello\r\n');
  close();
});

test('active pty: who has no terminal is told so', async () => {
  const { run, shell, close } = await visit(activePty());
  expect(await run()).toEqual({
    out: '',
    err: 'this needs a terminal: ask for one, with ssh -t for instance\n',
    exit: 1,
  });
  expect(await shell()).toEqual({ out: 'hello\r\n', exit: 7 });
  close();
});

test.each([
  ['git-upload-pack /x', 7],
  ['  git-upload-pack', 7],
  ['git-receive-pack /x', 1],
  ['git-upload-pack /x; id', 1],
  ['git-upload-pack `id`', 1],
  ['', 1],
])('access control: %j ends with %d', async (command, exit) => {
  const { log, run, close } = await visit(accessControl({ commands: ['git-upload-pack'] }));
  expect((await run(command)).exit).toBe(exit);
  expect(log.filter(({ message }) => message === 'refused by access control').length).toBe(exit === 1 ? 1 : 0);
  close();
});

test('access control: shells, users, and a function over commands', async () => {
  const shells = await visit(accessControl({ shell: true }));
  expect((await shells.shell()).exit).toBe(7);
  expect(await shells.run()).toEqual({
    out: '',
    err: 'permission denied: this command is not for you here\n',
    exit: 1,
  });
  shells.close();
  const others = await visit(accessControl({ users: ['root'], shell: true }));
  expect((await others.shell()).exit).toBe(1);
  others.close();
  const judged = await visit(accessControl({ commands: (command, { user }) => command === `hello ${user}` }));
  expect([(await judged.run('hello test')).exit, (await judged.run('hello')).exit]).toEqual([7, 1]);
  judged.close();
});

test('access control that lets nothing through is refused when it is made', () => {
  expect(() => accessControl({ users: ['ada'] })).toThrow('accessControl lets nothing through: name `commands`');
});

test.each(['commands', 'users', 'subsystems'])(
  'Security: %s of access control are a list, never letters of a text',
  (name) => {
    const options = { shell: true, [name]: 'status' };
    expect(() => accessControl(options)).toThrow(`accessControl: ${name} must be a list`);
  },
);

test('rate limit: three at once, then one in ten seconds', async () => {
  const clock = new ManualClock();
  const { run, close } = await visit(rateLimit({ sessions: 6, per: 60_000, burst: 3, by: 'user', clock }));
  const exits = async (count: number): Promise<(number | undefined)[]> => {
    const found = [];
    for (let index = 0; index < count; index += 1) found.push((await run()).exit);
    return found;
  };
  expect(await exits(4)).toEqual([7, 7, 7, 1]);
  expect((await run()).err).toBe('too many sessions: try again in 10 s\n');
  clock.advance(9_999);
  expect(await exits(1)).toEqual([1]);
  clock.advance(1);
  expect(await exits(2)).toEqual([7, 1]);
  clock.advance(600_000);
  expect(await exits(4)).toEqual([7, 7, 7, 1]);
  close();
});

test('rate limit: buckets are bounded, and numbers that allow nothing are refused', async () => {
  const clock = new ManualClock();
  let name = 0;
  const limit = rateLimit({ sessions: 1, per: 60_000, buckets: 2, by: () => `${name}`, clock });
  const { run, close } = await visit(limit);
  for (name = 1; name <= 3; name += 1) expect((await run()).exit).toBe(7);
  name = 3;
  expect((await run()).exit).toBe(1);
  name = 1;
  expect((await run()).exit).toBe(7);
  close();
  expect(() => rateLimit({ sessions: 0, per: 1000 })).toThrow(ConfigurationError);
});
