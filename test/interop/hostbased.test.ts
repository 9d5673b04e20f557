/** RFC 4252 §9 with OpenSSH's client, whose ssh-keysign signs with its machine's key: one made for the test, in a mount namespace. */
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  accept,
  createServer,
  fingerprint,
  generateKey,
  type Hooks,
  type PrivateKey,
  type SessionHandler,
} from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { testKey, writeKey } from './keys.js';
import { openssh, TARGET } from './openssh.js';
import { findProgram, isMissing, start, type Finished } from './processes.js';
import { canRunServers } from './stock-servers.js';

const it = test.skipIf(!canRunServers || isMissing('ssh'));
const IN_NAMESPACE = 'mount --bind "$1" /etc/ssh && shift && exec "$@"';

/** The result of ssh logging in as `ada`, on a machine with that key. */
async function logIn(hostbased: NonNullable<Hooks['hostbased']>, machine: PrivateKey): Promise<Finished> {
  const hostKeys = [await testKey('ssh-ed25519')];
  const session: SessionHandler = (it) => it.print(`in as ${it.user}\n`);
  const server = createServer({ crypto: nodeCrypto, hostKeys, session, hooks: { hostbased } });
  const listener = await listen(server, { port: 0 });
  onTestFinished(async () => {
    await listener.close();
    await server.close();
  });
  const { words, folder } = await openssh(onTestFinished, { port: listener.port, hostKeys, connections: [] }, 'ada');
  const etc = join(folder, 'etc');
  await mkdir(etc);
  await writeKey(etc, 'ssh_host_ed25519_key', machine);
  await writeFile(join(etc, 'ssh_config'), 'EnableSSHKeysign yes\n');
  const ssh = [findProgram('ssh') ?? 'ssh', ...words, '-o', 'HostbasedAuthentication=yes', TARGET, 'x'];
  return start(onTestFinished, 'unshare', ['--mount', 'sh', '-c', IN_NAMESPACE, 'sh', etc, ...ssh]).finished;
}

it('the machine’s key signs for its user, and the hook knows both', async () => {
  const machine = await generateKey('ssh-ed25519');
  const asked: unknown[] = [];
  const { code, stdout, stderr } = await logIn(({ user, key }, claim) => {
    asked.push([user, key?.fingerprint, claim]);
    return accept;
  }, machine);
  expect([code, stdout.toString(), stderr]).toEqual([0, 'in as ada\n', '']);
  const claim = { host: expect.stringMatching(/\w$/), user: userInfo().username };
  expect(asked).toEqual([['ada', fingerprint(machine.publicKey), claim]]);
});

it('a machine that the hook does not know', async () => {
  const { code, stderr } = await logIn(() => undefined, await generateKey('ssh-ed25519'));
  expect([code, stderr]).toEqual([255, expect.stringContaining('Permission denied (')]);
});
