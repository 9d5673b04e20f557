/** OpenSSH's client, without the configuration, agent and known hosts of the user who runs the tests. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { writeKnownHosts } from './keys.js';
import type { OurServer } from './our-server.js';
import { start, temporaryFolder, type Cleanup, type Running, type StartOptions } from './processes.js';

/** Whether the installed client has an algorithm; newer ones have more. */
export function opensshSupports(): (algorithm: string) => boolean {
  const lists = ['kex', 'cipher', 'mac', 'sig'].map(
    (list) => spawnSync('ssh', ['-Q', list], { encoding: 'utf8' }).stdout,
  );
  const names = new Set(lists.join('\n').split('\n'));
  return (algorithm) => names.has(algorithm);
}

export interface Openssh {
  /** A folder for the test's files. */
  readonly folder: string;
  /** The words that lead to the server. */
  readonly words: readonly string[];
  /** Starts `ssh` with `words` after those. */
  ssh(words: readonly string[], options?: StartOptions): Running;
}

export async function openssh(cleanup: Cleanup, server: OurServer, user = 'guest'): Promise<Openssh> {
  const folder = await temporaryFolder(cleanup);
  const words = [
    ['-F', 'none', '-p', String(server.port), '-l', user],
    ['-o', `UserKnownHostsFile=${await writeKnownHosts(folder, server.port, server.hostKeys)}`],
    ['-o', 'GlobalKnownHostsFile=none', '-o', 'StrictHostKeyChecking=yes', '-o', 'UpdateHostKeys=no'],
    ['-o', 'IdentityAgent=none', '-o', 'IdentitiesOnly=yes', '-o', 'NumberOfPasswordPrompts=1'],
  ].flat();
  return { folder, words, ssh: (more, options) => start(cleanup, 'ssh', [...words, ...more], options) };
}

/** An environment in which ssh asks a script, which gives the first of `answers` whose name is in the prompt. */
export async function askpass(folder: string, answers: Readonly<Record<string, string>>): Promise<StartOptions> {
  const script = join(folder, 'askpass');
  const rows = Object.entries(answers).map(([word, answer]) => `*${word}*) echo '${answer}' ;;`);
  await writeFile(script, `#!/bin/sh\ncase "$1" in\n${rows.join('\n')}\nesac\n`);
  await chmod(script, 0o700);
  return { env: { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: 'force' } };
}

export const TARGET = '127.0.0.1';
