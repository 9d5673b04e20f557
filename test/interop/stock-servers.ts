/**
 * OpenSSH's sshd and dropbear on loopback, with a user of their own: in a mount namespace, other passwd and shadow files cover
 * the system's, so that nothing on the machine changes. This requires root.
 */
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPublicKey, type PrivateKey } from '@nacre/core';
import { KEY_TYPES, testKey, writeKey } from './keys.js';
import {
  findProgram,
  freePort,
  isMissing,
  start,
  temporaryFolder,
  tool,
  type Cleanup,
  type Running,
} from './processes.js';

/** The user at both servers has a password, and the same keys as the server, which saves making others. */
export const USER = 'nacre-test';
export const PASSWORD = 'mother of pearl';
/** crypt(5), SHA-512 with the salt `nacre`. */
const PASSWORD_HASH = '$6$nacre$m4wq9qRW7TCR6/gGJ/MUnSSVJKS2GqNG1KDwxknyFMpb9e9FuNL0s7eLbCoh25sAHaRRqdpbwYFM08iVfg/Tv.';
const USER_ID = 41_022;

export const canRunServers = process.getuid?.() === 0 && !isMissing('unshare', 'mount', 'sh');

export interface StockServer {
  readonly port: number;
  readonly hostKeys: readonly PrivateKey[];
}

export interface RunningSshd extends StockServer {
  /** Settles once its log has `pattern` so many times. */
  readonly printed: Running['printed'];
}

/** Account files with our user, who is let in by a key of each type. @returns the words that start a program that sees them. */
async function withUser(folder: string, keys: readonly PrivateKey[]): Promise<readonly string[]> {
  const home = join(folder, 'home');
  await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o755 });
  await writeFile(
    join(home, '.ssh', 'authorized_keys'),
    keys.map((key) => `${formatPublicKey(key.public)}\n`).join(''),
  );
  for (const path of [folder, home, join(home, '.ssh'), join(home, '.ssh', 'authorized_keys')]) {
    await chown(path, USER_ID, USER_ID);
  }
  const privileged = (name: string, id: number): string =>
    `${name}:x:${id}:${id}:privilege separation:/run/sshd:/bin/false`;
  const passwd = [
    'root:x:0:0:root:/root:/bin/sh',
    privileged('sshd', 41_021),
    `${USER}:x:${USER_ID}:${USER_ID}::${home}:/bin/sh`,
  ];
  await writeFile(join(folder, 'passwd'), `${passwd.join('\n')}\n`);
  await writeFile(join(folder, 'shadow'), `root:*:1::::::\nsshd:*:1::::::\n${USER}:${PASSWORD_HASH}:1::::::\n`, {
    mode: 0o600,
  });
  const script = 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow && shift && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', folder];
}

async function startServer(cleanup: Cleanup, words: readonly string[], isListening: RegExp): Promise<Running> {
  const [program = '', ...rest] = words;
  const running = start(cleanup, program, rest);
  await running.printed(isListening);
  return running;
}

/** sshd with host keys of all types. `more` are lines of its configuration. */
export async function startSshd(cleanup: Cleanup, more: readonly string[] = []): Promise<RunningSshd> {
  const folder = await temporaryFolder(cleanup);
  const hostKeys = await Promise.all(KEY_TYPES.map(testKey));
  const files = await Promise.all(hostKeys.map((hostKey) => writeKey(folder, hostKey.type, hostKey)));
  const port = await freePort();
  const config = join(folder, 'sshd_config');
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...files.map((file) => `HostKey ${file}`),
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'AcceptEnv COLOUR',
    'Subsystem copy /bin/cat',
    'MaxStartups 100',
    ...more,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  // Debian's sshd wants this folder of its own.
  await mkdir('/run/sshd', { recursive: true });
  const sshd = [findProgram('sshd') ?? 'sshd', '-D', '-e', '-f', config];
  const words = [...(await withUser(folder, hostKeys)), ...sshd];
  const { printed } = await startServer(cleanup, words, /Server listening on/);
  return { port, hostKeys, printed };
}

/** It accepts at most four host keys. */
const DROPBEAR_HOST_KEYS = KEY_TYPES.filter((type) => type !== 'ecdsa-sha2-nistp384');

export async function startDropbear(cleanup: Cleanup): Promise<StockServer> {
  const folder = await temporaryFolder(cleanup);
  const userKeys = await Promise.all(KEY_TYPES.map(testKey));
  const hostKeys = await Promise.all(DROPBEAR_HOST_KEYS.map(testKey));
  const files = await Promise.all(
    hostKeys.map(async (hostKey) => {
      const converted = join(folder, `${hostKey.type}.dropbear`);
      await tool('dropbearconvert', 'openssh', 'dropbear', await writeKey(folder, hostKey.type, hostKey), converted);
      return converted;
    }),
  );
  const port = await freePort();
  const dropbear = ['dropbear', '-F', '-E', '-p', `127.0.0.1:${port}`, '-P', join(folder, 'pid')];
  const words = [...dropbear, ...files.flatMap((file) => ['-r', file])];
  await startServer(cleanup, [...(await withUser(folder, userKeys)), ...words], /Not backgrounding/);
  return { port, hostKeys };
}
