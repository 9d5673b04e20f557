/** OpenSSH's server for the user who runs the tests, with keys of its own; ended by whoever cleans up. */
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, start, temporaryFolder, tool, type Cleanup } from '../processes.js';

export interface Sshd {
  readonly port: number;
  /** Options for `ssh`, without the route to the server. */
  readonly clientOptions: readonly string[];
  readonly user: string;
}

export async function startSshd(cleanup: Cleanup): Promise<Sshd> {
  const folder = await temporaryFolder(cleanup);
  const [hostKey, userKey] = [join(folder, 'host'), join(folder, 'user')];
  await Promise.all([hostKey, userKey].map((file) => tool('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file)));
  // Debian's sshd wants this folder when it is started as root.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
  const port = await freePort();
  const config = join(folder, 'sshd_config');
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${userKey}.pub`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const words = ['-D', '-e', '-f', config];
  await start(cleanup, findProgram('sshd') ?? 'sshd', words).printed(/Server listening on/);
  return { port, clientOptions: clientOptions(userKey), user: userInfo().username };
}

export function clientOptions(userKey: string): readonly string[] {
  return ['-F', 'none', '-i', userKey, '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', ...NO_KNOWN_HOSTS];
}

export const NO_KNOWN_HOSTS = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].flatMap(
  (option) => ['-o', option],
);
