/** Our client against OpenSSH's sshd and dropbear: ways to log in, sessions, rekeys, host keys. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  AuthenticationError,
  ConnectionLostError,
  formatPublicKey,
  HostKeyError,
  parseKnownHosts,
  type Client,
  type ConnectOptions,
  type Credential,
  type KeyTypeName,
} from '@nacre/core';
import { ManualClock } from '@nacre/core/testing';
import { countedExchange } from './counted-exchange.js';
import { testKey } from './keys.js';
import { connectTo } from './our-client.js';
import { isMissing, type Cleanup } from './processes.js';
import { canRunServers, PASSWORD, startDropbear, startSshd, type StockServer } from './stock-servers.js';

const MIB = 2 ** 20;

interface Program {
  readonly name: string;
  readonly needs: readonly string[];
  readonly start: (cleanup: Cleanup) => Promise<StockServer>;
}

const PROGRAMS: readonly Program[] = [
  {
    name: 'sshd',
    needs: ['sshd', 'ssh'],
    start: startSshd,
  },
  {
    name: 'dropbear',
    needs: ['dropbear', 'dropbearconvert'],
    start: startDropbear,
  },
];

async function keyOf(type: KeyTypeName): Promise<Credential> {
  return { method: 'publickey', key: await testKey(type) };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Reads a shell's output until `pattern` appears. @throws if it ends first. */
async function readUntil(shell: Awaited<ReturnType<Client['shell']>>, pattern: RegExp): Promise<void> {
  let shown = '';
  while (!pattern.test(shown)) {
    const chunk = await shell.read();
    if (chunk === undefined) throw new Error(`the shell ended without showing ${String(pattern)}: ${shown}`);
    shown += text(chunk);
  }
}

describe.each(PROGRAMS)('$name', ({ needs, start }) => {
  const canRun = canRunServers && !isMissing(...needs);
  const it = test.skipIf(!canRun);
  const undo: (() => void | Promise<void>)[] = [];
  let server: StockServer;

  beforeAll(async () => {
    if (canRun) server = await start((step) => void undo.unshift(step));
  });
  afterAll(async () => {
    for (const step of undo) await step();
  });

  const login = async (options: Partial<ConnectOptions> = {}): Promise<Client> =>
    connectTo(onTestFinished, server, { credentials: [await keyOf('ssh-ed25519')], ...options });

  it('the password, after one that is wrong', async () => {
    const credentials: readonly Credential[] = [
      { method: 'password', password: 'wrong' },
      { method: 'password', password: PASSWORD },
    ];
    const client = await login({ credentials });
    expect(text((await client.exec('whoami')).stdout)).toBe('nacre-test\n');
  });

  it('nothing that is accepted: an error that says what the server would take', async () => {
    const failure = login({ credentials: [{ method: 'none' }] });
    await expect(failure).rejects.toThrow(AuthenticationError);
    await expect(failure).rejects.toThrow(/publickey/);
  });

  it('an unknown and a changed host key are refused', async () => {
    const unknown = login({ verifyHostKey: parseKnownHosts('').verify('127.0.0.1', server.port) });
    await expect(unknown).rejects.toThrow(HostKeyError);
    const line = `[127.0.0.1]:${server.port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f`;
    const changed = login({ verifyHostKey: parseKnownHosts(line).verify('127.0.0.1', server.port) });
    await expect(changed).rejects.toThrow(/changed/);
  });

  it('a host that has keys of every type is known by any one of them', async () => {
    for (const { public: known } of server.hostKeys) {
      const line = `[127.0.0.1]:${server.port} ${formatPublicKey(known)}`;
      const client = await login({ verifyHostKey: parseKnownHosts(line).verify('127.0.0.1', server.port) });
      expect(client.hostKey).toEqual(known.blob);
      client.close();
    }
  });

  it('a command: both outputs, its status, its input to the end', async () => {
    const client = await login();
    const both = await client.exec('echo out; echo err >&2; exit 5');
    expect([text(both.stdout), text(both.stderr), both.exitCode]).toEqual(['out\n', 'err\n', 5]);
    const input = randomBytes(3 * MIB);
    const { stdout } = await client.exec('sha256sum', { stdin: input });
    expect(text(stdout)).toBe(`${createHash('sha256').update(input).digest('hex')}  -\n`);
  });

  it('exit-signal', async () => {
    const client = await login();
    expect(await client.exec('kill -TERM $$')).toMatchObject({ signal: 'TERM', exitCode: undefined });
  });

  it('sessions side by side on one connection', async () => {
    const client = await login();
    // Interop: if one session ends, dropbear 2022.83 may close another that it has not started yet. None ends before all have.
    const commands = await Promise.all([1, 2, 3, 4].map((number) => client.spawn(`read word; echo $word ${number}`)));
    const outputs = commands.map(async (command) => {
      await command.write('session\n');
      return new Response(command.stdout).text();
    });
    expect(await Promise.all(outputs)).toEqual(['session 1\n', 'session 2\n', 'session 3\n', 'session 4\n']);
  });

  it('a shell on a terminal: its size, a resize, ^C, and its status', async () => {
    const client = await login();
    const shell = await client.shell({ pty: { term: 'xterm', columns: 91, rows: 27 } });
    await shell.write("PS1='ready''> '; stty size\n");
    await readUntil(shell, /27 91\r\nready> $/);
    shell.resize(123, 45);
    await shell.write('stty size\n');
    await readUntil(shell, /45 123\r\nready> $/);
    // A program that answers has the terminal, and nothing before it to lose ^C in.
    await shell.write('cat\n');
    await readUntil(shell, /cat\r\n$/);
    await shell.write('here\n');
    await readUntil(shell, /here\r\nhere\r\n$/);
    await shell.write('\x03');
    await readUntil(shell, /ready> $/);
    await shell.write('echo status $?\n');
    await readUntil(shell, /status 130/);
    await shell.write('exit 3\n');
    expect((await shell.exited).exitCode).toBe(3);
  });

  it.each([
    ['after bytes', { bytes: MIB }, 8],
    // Of 32 KiB or less, and what is on its way while keys change is under the old ones.
    ['after packets', { packets: 64 }, 2],
  ])('rekeys that we start %s, while data flows both ways', async (_, rekey, least) => {
    const { algorithms, count } = countedExchange();
    const client = await login({ rekey, algorithms });
    const input = randomBytes(16 * MIB);
    const { stdout } = await client.exec('cat', { stdin: input });
    expect(Buffer.from(stdout).equals(input)).toBe(true);
    expect(count()).toBeGreaterThan(least);
  });

  it('a rekey that we start when the keys are an hour old', async () => {
    const { algorithms, count } = countedExchange();
    const clock = new ManualClock();
    const client = await login({ clock, algorithms });
    const copy = await client.spawn('cat');
    for (const hour of [1, 2, 3]) {
      await copy.write('still ');
      expect(text((await copy.read())!)).toBe('still ');
      expect(count()).toBe(hour);
      clock.advance(3_600_000);
    }
    copy.end();
    expect((await copy.exited).exitCode).toBe(0);
  });

  it('killed in the middle of its output: reading gives what came, and fails; a command that ends by itself has an end', async () => {
    const client = await login();
    const endless = await client.spawn('echo $PPID; exec cat /dev/zero');
    const first = text((await endless.read())!);
    const [, serving] = /^(\d+)\n/.exec(first)!;
    // From here on there is more of it than it may send, and what ends later comes behind some of that.
    expect((await endless.read())!.every((byte) => byte === 0)).toBe(true);
    const ended = await client.spawn('echo whole; kill -9 $$');
    expect(text((await ended.read())!)).toBe('whole\n');
    expect(await ended.read()).toBe(undefined);
    process.kill(Number(serving), 'SIGKILL');
    let length = 0;
    const reading = (async () => {
      for (let chunk = await endless.read(); chunk !== undefined; chunk = await endless.read()) length += chunk.length;
    })();
    await expect(reading).rejects.toThrow(ConnectionLostError);
    await expect(reading).rejects.toBe(await client.closed);
    expect(length).toBeGreaterThan(0);
  });
});

describe('sshd', () => {
  const it = test.skipIf(!canRunServers || isMissing('sshd'));

  it('environment variables and a subsystem', async () => {
    const server = await startSshd(onTestFinished);
    const client = await connectTo(onTestFinished, server, { credentials: [await keyOf('ssh-ed25519')] });
    const { stdout } = await client.exec('echo $COLOUR', { env: { COLOUR: 'mother-of-pearl' } });
    expect(text(stdout)).toBe('mother-of-pearl\n');
    const copy = await client.subsystem('copy');
    await copy.write('through');
    expect(text((await copy.read()) ?? new Uint8Array(0))).toBe('through');
    copy.end();
    expect((await copy.exited).exitCode).toBe(0);
  });

  it('rekeys that the server starts, and its keepalive requests, while data flows', async () => {
    const server = await startSshd(onTestFinished, [
      'RekeyLimit 1M',
      'ClientAliveInterval 1',
      'ClientAliveCountMax 60',
      'LogLevel DEBUG',
    ]);
    const { algorithms, count } = countedExchange();
    const credentials = [await keyOf('ssh-ed25519')];
    const client = await connectTo(onTestFinished, server, { credentials, algorithms });
    const input = randomBytes(16 * MIB);
    const { stdout } = await client.exec('cat', { stdin: input });
    expect(Buffer.from(stdout).equals(input)).toBe(true);
    expect(count()).toBeGreaterThan(8);
    // The server asks while nothing else comes from us, and reports each answer.
    const idle = await client.spawn('cat');
    await server.printed(/Got \d+\/\d+ for keepalive/, 2);
    idle.end();
    expect((await idle.exited).exitCode).toBe(0);
  });
});
