/** Programs of this machine behind our server: pipes, status, signals both ways, environment, X11. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { accept, formatPublicKey, generateKey, type Session, type SessionHandler } from '@nacre/core';
import { pair, type Pair } from '@nacre/core/testing';
import { forwarding, runProcess, type RunProcessOptions } from '@nacre/edge/node';
import { openssh, TARGET } from './openssh.js';
import { startOurServer } from './our-server.js';
import { isMissing, start, temporaryFolder } from './processes.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const shell =
  (options: RunProcessOptions = {}): SessionHandler =>
  (session) =>
    runProcess(session, '/bin/sh', session.request.type === 'exec' ? ['-c', session.request.command] : [], options);

async function shellPair(options?: RunProcessOptions, handler: SessionHandler = shell(options)): Promise<Pair> {
  const both = await pair({ server: { session: handler } });
  onTestFinished(() => both.client.close());
  return both;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const eventually = (condition: () => boolean): Promise<void> => expect.poll(condition, { interval: 10 }).toBe(true);

test('both outputs, the status, and the end of stdin', async () => {
  const { client } = await shellPair();
  const result = await client.exec('cat; echo err >&2; exit 7', { stdin: 'in' });
  expect([text(result.stdout), text(result.stderr), result.exitCode]).toEqual(['in', 'err\n', 7]);
});

test('megabytes through it are as they were', async () => {
  const { client } = await shellPair();
  const bytes = randomBytes(8 * 2 ** 20);
  const { stdout } = await client.exec('cat', { stdin: bytes });
  expect(createHash('sha256').update(stdout).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('RFC 4254 §6.10: a program that a signal ends says so, and one that the client sends arrives', async () => {
  const { client } = await shellPair();
  expect(await client.exec('kill -KILL $$')).toMatchObject({ signal: 'KILL', exitCode: undefined });
  const running = await client.spawn('trap "echo got it; exit 5" USR1; echo ready; while :; do sleep 0.05; done');
  expect(text((await running.read())!)).toBe('ready\n');
  running.kill('USR1');
  expect(text((await running.read())!)).toBe('got it\n');
  expect((await running.exited).exitCode).toBe(5);
});

test('a program that reads none of its input does not stand in the way', async () => {
  const { client } = await shellPair();
  const { exitCode } = await client.exec('exec 0<&-; sleep 0.1; exit 3', { stdin: new Uint8Array(8 * 2 ** 20) });
  expect(exitCode).toBe(3);
});

test('a program that is not there is status 127', async () => {
  const { client } = await shellPair({}, (session) => runProcess(session, '/nonexistent/program'));
  expect((await client.exec('x')).exitCode).toBe(127);
});

test('the client goes: the program and what it started are hung up, then killed', async () => {
  const { client } = await shellPair({ killDelay: 50 });
  const running = await client.spawn('trap "" HUP; sleep 100 & echo $! $$; wait; sleep 100');
  const pids = text((await running.read())!)
    .trim()
    .split(' ')
    .map(Number);
  expect(pids.every(isAlive)).toBe(true);
  client.close();
  await eventually(() => !pids.some(isAlive));
});

test('the client goes: nothing waits for a daemon that holds the outputs open', async () => {
  let isOver = false;
  const { client } = await shellPair({}, async (session) => {
    await runProcess(session, '/bin/sh', ['-c', 'setsid sh -c "echo \\$\\$; exec sleep 1000" & wait'], {
      killDelay: 50,
    });
    isOver = true;
  });
  const running = await client.spawn('x');
  const daemon = Number(text((await running.read())!));
  onTestFinished(() => void process.kill(daemon));
  client.close();
  await eventually(() => isOver);
  expect(isAlive(daemon)).toBe(true);
});

test('Security: of the environment only what is harmless comes in, and nothing of this process', async () => {
  process.env['NACRE_SECRET'] = 'canary';
  onTestFinished(() => void delete process.env['NACRE_SECRET']);
  const { client } = await shellPair({ env: { HOME: '/tmp' } });
  const env = { LANG: 'C', LC_ALL: 'C', LD_PRELOAD: '/tmp/evil.so', BASH_ENV: '/tmp/evil', PATH: '/evil' };
  const lines = text((await client.exec('env', { env })).stdout).split('\n');
  expect(lines).toEqual(expect.arrayContaining(['LANG=C', 'LC_ALL=C', 'HOME=/tmp', 'USER=test']));
  expect(lines.join('\n')).not.toMatch(/evil|canary/);
});

test('Security: what the proven key sets gets nobody past a forced command, unless that is permitted', async () => {
  const key = await generateKey('ssh-ed25519');
  const line = `environment="LD_PRELOAD=/tmp/evil.so",environment="LC_ALL=C" ${formatPublicKey(key.public)}`;
  const shown = async (options: RunProcessOptions): Promise<string> => {
    const { client } = await pair({
      server: { session: shell(options), hooks: { authorizedKeys: () => line } },
      client: { credentials: [{ method: 'publickey', key }] },
    });
    onTestFinished(() => client.close());
    return text((await client.exec('env')).stdout);
  };
  const usual = await shown({});
  expect(usual).toContain('LC_ALL=C');
  expect(usual).not.toContain('LD_PRELOAD');
  expect(await shown({ permitUserEnvironment: true })).toContain('LD_PRELOAD=/tmp/evil.so');
});

test('acceptEnv and cwd', async () => {
  const { client } = await shellPair({ acceptEnv: ['GIT_*'], cwd: '/' });
  const { stdout } = await client.exec('pwd; echo $GIT_PROTOCOL $LANG', {
    env: { GIT_PROTOCOL: 'version=2', LANG: 'C' },
  });
  expect(text(stdout)).toBe('/\nversion=2\n');
});

test('a signal that comes after the program has ended reaches nobody, whose number it may be by then', async () => {
  const kill = vi.spyOn(process, 'kill');
  onTestFinished(() => kill.mockRestore());
  let isOver: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (isOver = resolve));
  const { client } = await pair({
    server: {
      hooks: { none: () => accept },
      session: async (session) => {
        await runProcess(session, '/bin/true');
        isOver();
        await new Promise<void>((resolve) => session.closed.addEventListener('abort', () => resolve()));
      },
    },
  });
  const remote = await client.spawn('x');
  await over;
  remote.kill('TERM');
  await client.ping();
  client.close();
  expect(kill).not.toHaveBeenCalled();
});

test('nor does one that comes while what the program started still writes', async () => {
  const { client } = await shellPair();
  const mark = join(await temporaryFolder(onTestFinished), 'mark');
  const running = await client.spawn(
    `(trap "echo hit; exit" TERM; echo $$; until [ -e ${mark} ]; do sleep 0.01; done; echo done) &`,
  );
  const leader = Number(text((await running.read())!));
  await eventually(() => !isAlive(leader));
  running.kill('TERM');
  await client.ping();
  await writeFile(mark, '');
  expect(text((await running.read())!)).toBe('done\n');
});

/** X's connection setup in little-endian order, with the cookie that `xauth` has for the display; prints what the X server says. */
const X_PROGRAM = `
const { execFileSync } = require('node:child_process');
const [, number] = /:(\\d+)/.exec(process.env.DISPLAY);
const cookie = /MIT-MAGIC-COOKIE-1\\s+(\\w+)/.exec(execFileSync('xauth', ['-f', process.env.XAUTHORITY, 'list']).toString())[1];
const name = 'MIT-MAGIC-COOKIE-1';
const head = Buffer.alloc(12);
head.write('l'); head.writeUInt16LE(11, 2); head.writeUInt16LE(name.length, 6); head.writeUInt16LE(16, 8);
const socket = require('node:net').connect(6000 + Number(number), '127.0.0.1');
socket.write(Buffer.concat([head, Buffer.from(name + '\\0\\0'), Buffer.from(cookie, 'hex')]));
socket.on('data', (data) => { process.stdout.write(data); socket.end(); });
`;

const it = test.skipIf(isMissing('ssh', 'xauth'));

it('RFC 4254 §6.3: ssh -X: a program of the session reaches the client’s X server, by a cookie of its own', async () => {
  const folder = await temporaryFolder(onTestFinished);
  await writeFile(join(folder, 'program.js'), X_PROGRAM);
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('data', (data: Buffer) => {
      heard.push(data);
      socket.write('hello from X\n');
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const display = (server.address() as AddressInfo).port - 6000;
  const authority = join(folder, 'authority');
  const real = 'ab'.repeat(16);
  const words = ['-f', authority, 'add', `127.0.0.1:${display}`, 'MIT-MAGIC-COOKIE-1', real];
  await start(onTestFinished, 'xauth', words).finished;
  const ours = await startOurServer(onTestFinished, { forward: () => accept, session: shell() });
  const { words: own } = await openssh(onTestFinished, ours);
  const env = { DISPLAY: `127.0.0.1:${display}`, XAUTHORITY: authority };
  const command = `${process.execPath} ${join(folder, 'program.js')}`;
  const { stdout, stderr } = await start(onTestFinished, 'ssh', [...own, '-Y', TARGET, command], { env }).finished;
  expect(stderr).toBe('');
  expect(stdout.toString()).toBe('hello from X\n');
  // The client substitutes its real cookie for the one that it told us.
  expect(Buffer.concat(heard).toString('hex')).toContain(real);
});

test('x11 and agent are there only where the hook accepts', async () => {
  const seen: Session[] = [];
  const both = await pair({
    server: {
      forwarding: forwarding(),
      hooks: { none: () => accept, forward: ({ type }) => (type === 'x11-req' ? accept : undefined) },
      session: (session) => void seen.push(session),
    },
  });
  onTestFinished(() => both.client.close());
  const agent = (): never => {
    throw new Error('nobody asked for it');
  };
  await expect(both.client.exec('x', { agent })).rejects.toMatchObject({ name: 'ChannelRequestError' });
  await both.client.exec('x');
  expect(seen.map((session) => [session.agent, session.display])).toEqual([[undefined, undefined]]);
});
