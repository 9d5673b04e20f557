/** Test support: the bundled command and stock ssh programs as child processes. */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

const run = promisify(execFile);
const PACKAGE = new URL('../../', import.meta.url);

/** Builds the command as it is published, into a file of this test's own beside the real one. */
export function useBundle(): { readonly path: string } {
  const path = fileURLToPath(new URL(`dist/ssh-bridge.test-${randomUUID()}.js`, PACKAGE));
  beforeAll(async () => {
    await run(process.execPath, [fileURLToPath(new URL('build.mjs', PACKAGE)), path]);
  });
  afterAll(() => rm(path, { force: true }));
  return { path };
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
}

/** Starts a program that ends, at the latest, with the test. */
export function start(
  file: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(file, words, { env: { ...process.env, ...environment } });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const finished = once(child, 'close').then(([code, signal]) => ({
    code,
    signal,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr).toString(),
  }));
  return { child, finished };
}

/** Missing programs skip their tests, except where everything must be there. */
export function isMissing(...programs: readonly string[]): boolean {
  const directories = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin'];
  const isThere = (program: string): boolean => directories.some((directory) => existsSync(join(directory, program)));
  return process.env['CI'] !== 'true' && !programs.every(isThere);
}

export interface Sshd {
  readonly port: number;
  /** Options for `ssh`, without the way to the server. */
  readonly clientOptions: readonly string[];
  readonly user: string;
}

/** OpenSSH's server on a free loopback port, for the user of the test, with keys of its own. */
export async function startSshd(): Promise<Sshd> {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-sshd-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const [hostKey, userKey] = [join(directory, 'host'), join(directory, 'user')];
  await Promise.all([hostKey, userKey].map((file) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])));
  // Debian's sshd wants this directory when it is started as root.
  if (userInfo().uid === 0) await run('mkdir', ['-p', '/run/sshd']);
  const port = await freePort();
  const config = join(directory, 'sshd_config');
  await writeFile(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${userKey}.pub`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      'LogLevel ERROR',
      'Subsystem sftp internal-sftp',
    ].join('\n'),
  );
  const daemon = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'ignore' });
  onTestFinished(() => void daemon.kill());
  await untilListening(port);
  const clientOptions = [
    '-F',
    'none',
    '-i',
    userKey,
    '-o',
    'BatchMode=yes',
    '-o',
    'IdentitiesOnly=yes',
    ...NO_KNOWN_HOSTS,
  ];
  return { port, clientOptions, user: userInfo().username };
}

export const NO_KNOWN_HOSTS = [
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect({ port, host: '127.0.0.1' });
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`sshd does not listen on port ${port}`);
}
