/** Stock ssh against our server, which relays its sessions to OpenSSH's sshd. */
import { createHash, randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { relay } from '@nacre/core/middleware';
import { testKey } from './keys.js';
import { openssh, TARGET, type Openssh } from './openssh.js';
import { connectTo } from './our-client.js';
import { startOurServer } from './our-server.js';
import { isMissing } from './processes.js';
import { canRunServers, startSshd, USER } from './stock-servers.js';

const it = test.skipIf(!canRunServers || isMissing('ssh', 'sshd'));

async function relayed(): Promise<Openssh> {
  const sshd = await startSshd(onTestFinished);
  const key = await testKey('ssh-ed25519');
  const connect = () => connectTo(onTestFinished, sshd, { user: USER, credentials: [{ method: 'publickey', key }] });
  return openssh(onTestFinished, await startOurServer(onTestFinished, { session: relay(connect) }));
}

it('a command: both outputs, its status, and input with its end', async () => {
  const { ssh } = await relayed();
  const { code, stdout, stderr } = await ssh([TARGET, 'cat; id -un >&2; exit 9'], { input: 'through' }).finished;
  expect([code, stdout.toString(), stderr]).toEqual([9, 'through', `${USER}\n`]);
});

it('megabytes are as they were', async () => {
  const { ssh } = await relayed();
  const bytes = randomBytes(8 * 2 ** 20);
  const { stdout } = await ssh([TARGET, 'cat'], { input: bytes }).finished;
  expect(createHash('sha256').update(stdout).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
});

it('a terminal', async () => {
  const { ssh } = await relayed();
  const { stdout } = await ssh(['-tt', TARGET, 'stty size; tty'], { input: '', env: { TERM: 'vt100' } }).finished;
  expect(stdout.toString()).toMatch(/\d+ \d+\r\n\/dev\/pts\//);
});

it('a signal that ends the command is told', async () => {
  const { ssh } = await relayed();
  const { code, stderr } = await ssh(['-v', TARGET, 'kill -TERM $$']).finished;
  expect([code, stderr]).toEqual([255, expect.stringContaining('exit-signal')]);
});
