/** A visitor to the tab: OpenSSH's client, without the configuration, keys and known hosts of the user who runs the tests. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start, temporaryFolder, tool, type Cleanup, type Finished } from '../interop/processes.js';
import { startTerminal, type Terminal } from '../interop/terminal.js';

export interface Visitor {
  /** A shell, on a terminal of 80 columns and 24 rows. */
  shell(): Promise<Terminal>;
  run(command: string, input?: Uint8Array): Promise<Finished>;
  /** The fingerprint of the host key that ssh has learnt. */
  learntFingerprint(): Promise<string>;
}

export async function visit(cleanup: Cleanup, port: number, user: string): Promise<Visitor> {
  const folder = await temporaryFolder(cleanup);
  const knownHosts = join(folder, 'known_hosts');
  const askpass = join(folder, 'askpass');
  await writeFile(askpass, '#!/bin/sh\necho demo\n');
  await chmod(askpass, 0o700);
  const words = [
    ['-F', 'none', '-p', String(port), '-l', user, '-o', 'LogLevel=ERROR'],
    ['-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'GlobalKnownHostsFile=none'],
    ['-o', 'StrictHostKeyChecking=accept-new', '-o', 'UpdateHostKeys=no', '-o', 'NumberOfPasswordPrompts=1'],
    ['-o', 'IdentityAgent=none', '-o', 'IdentitiesOnly=yes'],
  ].flat();
  const env = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
  const asking = ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  return {
    shell: () => startTerminal(cleanup, [...asking, 'ssh', ...words, 'localhost']),
    run: (command, input = new Uint8Array()) =>
      start(cleanup, 'ssh', [...words, 'localhost', command], { env, input }).finished,
    async learntFingerprint() {
      const [, type = '', key = ''] = (await readFile(knownHosts, 'utf8')).trim().split(' ');
      const publicKey = join(folder, 'host.pub');
      await writeFile(publicKey, `${type} ${key}\n`);
      return (await tool('ssh-keygen', '-lf', publicKey)).split(' ')[1] ?? '';
    },
  };
}
