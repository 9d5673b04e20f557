/** PuTTY's and dropbear's clients, each with a home of its own in which the server's host key is known. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint, formatPublicKey, type PrivateKey } from '@nacre/core';
import { writeKey } from './keys.js';
import type { OurServer } from './our-server.js';
import {
  findProgram,
  start,
  temporaryFolder,
  tool,
  type Cleanup,
  type Running,
  type StartOptions,
} from './processes.js';

export interface Login {
  readonly user: string;
  readonly password?: string;
  readonly key?: PrivateKey;
}

export interface StockClient {
  /** The program and the arguments that lead to the server, for a terminal. */
  words(more: readonly string[]): Promise<readonly string[]>;
  run(more: readonly string[], options?: StartOptions): Promise<Running>;
}

const GUEST: Login = { user: 'guest' };

/** `settings` are lines of a saved PuTTY session, such as `RekeyBytes=1M`. */
export async function plink(
  cleanup: Cleanup,
  { port, hostKeys }: OurServer,
  { user, password, key }: Login = GUEST,
  settings: readonly string[] = [],
): Promise<StockClient> {
  const home = await temporaryFolder(cleanup);
  await mkdir(join(home, 'sessions'));
  await writeFile(join(home, 'sessions', 'test'), ['Protocol=ssh', ...settings, ''].join('\n'));
  const env = { PUTTYDIR: home };
  const words = ['-load', 'test', '-ssh', '-batch', '-noagent', '-P', String(port), '-l', user];
  for (const hostKey of hostKeys) words.push('-hostkey', fingerprint(hostKey.publicKey));
  if (password !== undefined) words.push('-pw', password);
  if (key !== undefined) {
    const converted = join(home, 'user.ppk');
    await tool('puttygen', await writeKey(home, 'user', key), '-O', 'private', '-o', converted);
    words.push('-i', converted);
  }
  return {
    words: async (more) => ['env', `PUTTYDIR=${home}`, 'plink', ...words, '127.0.0.1', ...more],
    run: async (more, options) =>
      start(cleanup, 'plink', [...words, '127.0.0.1', ...more], { ...options, env: { ...env, ...options?.env } }),
  };
}

export async function dbclient(
  cleanup: Cleanup,
  { port, hostKeys }: OurServer,
  { user, password, key }: Login = GUEST,
): Promise<StockClient> {
  const home = await temporaryFolder(cleanup);
  await mkdir(join(home, '.ssh'));
  // dropbear looks a host up by its name only, whatever the port, and takes a comment for part of the key.
  const known = hostKeys.map(({ public: key }) => `127.0.0.1 ${formatPublicKey({ ...key, comment: '' })}\n`);
  await writeFile(join(home, '.ssh', 'known_hosts'), known.join(''));
  const env = { HOME: home, DROPBEAR_PASSWORD: password ?? '' };
  const words = ['-p', String(port), '-l', user];
  if (key !== undefined) {
    const converted = join(home, 'user.dropbear');
    await tool('dropbearconvert', 'openssh', 'dropbear', await writeKey(home, 'user', key), converted);
    words.push('-i', converted);
  }
  return {
    words: async (more) => [
      'env',
      `HOME=${home}`,
      findProgram('dbclient') ?? 'dbclient',
      ...words,
      '127.0.0.1',
      ...more,
    ],
    run: async (more, options) =>
      start(cleanup, 'dbclient', [...words, '127.0.0.1', ...more], { ...options, env: { ...env, ...options?.env } }),
  };
}
