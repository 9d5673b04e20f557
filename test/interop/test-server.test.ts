/** The test server of `@nacre/core/testing` and small memory, with OpenSSH's client. */
import { createHash, randomBytes } from 'node:crypto';
import { smallMemoryLimits } from '@nacre/core';
import { createTestServer, withServer, type TestServerOptions } from '@nacre/core/testing';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect, onTestFinished, test } from 'vitest';
import { askpass, openssh, TARGET, type Openssh } from './openssh.js';
import { startOurServer } from './our-server.js';
import { isMissing } from './processes.js';
import { testKey } from './keys.js';

const it = test.skipIf(isMissing('ssh'));
const hostKeys = [await testKey('ssh-ed25519')];
const options: TestServerOptions = {
  listen: (server) => listen(server, { port: 0 }),
  server: { hostKeys, crypto: nodeCrypto },
};

const client = (port: number): Promise<Openssh> =>
  openssh(onTestFinished, { port, hostKeys, connections: [] }, 'anybody');

it('any user, the one password; a status; a timeline of it all', async () => {
  const lines: string[] = [];
  await using under = await createTestServer({ ...options, password: 'open', verbose: (line) => lines.push(line) });
  const { ssh, folder } = await client(under.address!.port);
  const words = ['-o', 'PreferredAuthentications=password', TARGET];
  const answers = await askpass(folder, { password: 'open' });
  expect((await ssh([...words, 'echo in'], answers).finished).stdout.toString()).toBe('in\n');
  expect((await ssh([...words, 'exit 7'], answers).finished).code).toBe(7);
  expect(lines.join('\n')).toMatch(/logged in .*user=anybody[^]*requestType=exec/);
});

it('`Password:` and `Token:`, answered `foo` and `bar`', async () => {
  await withServer(options, async ({ address }) => {
    const { ssh, folder } = await client(address!.port);
    const words = ['-o', 'PreferredAuthentications=keyboard-interactive', TARGET, 'whoami'];
    const { code, stdout } = await ssh(words, await askpass(folder, { Password: 'foo', Token: 'bar' })).finished;
    expect([code, stdout.toString()]).toEqual([0, 'anybody\n']);
  });
});

it('small memory: 4 MiB each way in packets of 1 KiB', async () => {
  const server = await startOurServer(onTestFinished, { limits: smallMemoryLimits(), hostKeys });
  const { ssh } = await openssh(onTestFinished, server);
  const input = randomBytes(4 * 2 ** 20);
  const { code, stdout } = await ssh([TARGET, 'cat'], { input }).finished;
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect([code, stdout.length, digest(stdout)]).toEqual([0, input.length, digest(input)]);
});

it('a graceful close lets a session end, and ssh sees its status', async () => {
  await using under = await createTestServer({ ...options, allowNone: true });
  const { ssh } = await client(under.address!.port);
  const running = ssh([TARGET, 'wait']);
  await expect.poll(() => under.timeline.some(({ message }) => message === 'began')).toBe(true);
  await under.close(5000);
  expect((await running.finished).code).toBe(0);
});
