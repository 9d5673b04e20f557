/** Which commands reach git, and who may run them. `test/interop/examples.test.ts` clones and pushes. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acceptAnyHostKey, connect, createServer, formatPublicKey, generateKey, type Client } from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { gitHooks } from './git-server.js';

const key = await generateKey('ssh-ed25519');

async function logIn(user = 'git'): Promise<{ readonly client: Client; readonly folder: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'nacre-git-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  const folder = join(parent, 'repositories');
  const server = createServer({
    crypto: nodeCrypto,
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: gitHooks({ folder, authorizedKeys: async () => formatPublicKey(key.public) }),
  });
  onTestFinished(() => server.close());
  const [near, far] = memoryLinks();
  void server.accept(far);
  const credentials = [{ method: 'publickey', key }] as const;
  const client = await connect(near, {
    user,
    credentials,
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
  });
  return { client, folder };
}

test.each([
  "git-upload-pack '../secret'",
  "git-receive-pack '..'",
  "git-receive-pack '/../../etc/x'",
  "git-receive-pack '/etc/x'",
  "git-receive-pack 'a/../../x'",
  "git-receive-pack 'x.git.git'",
  "git-receive-pack '--upload-pack=id'",
  "git-receive-pack 'x'; id",
  "git-receive-pack 'x' 'y'",
  "git-receive-pack 'x\n'",
  "git-receive-pack 'x'\n",
  'git-receive-pack x',
  "git-receive-pack ''",
  "git-upload-archive 'x'",
  "git-shell 'x'",
  'sh',
  '',
])('Security: %j reaches no program', async (command) => {
  const { client, folder } = await logIn();
  const { exitCode, stdout, stderr } = await client.exec(command);
  expect([exitCode, stdout.length, Buffer.from(stderr).toString()]).toEqual([
    1,
    0,
    expect.stringContaining('only for git'),
  ]);
  await expect(readdir(join(folder, '..'))).resolves.toEqual([]);
});

test('who holds a key of the list is `git`, and nobody else', async () => {
  await expect(logIn('root')).rejects.toMatchObject({ name: 'AuthenticationError' });
  await expect(logIn('anna')).rejects.toMatchObject({ name: 'AuthenticationError' });
});

test('Security: what git complains of tells no path of this machine', async () => {
  const { client, folder } = await logIn();
  await mkdir(join(folder, 'broken.git'), { recursive: true });
  const { exitCode, stderr } = await client.exec("git-upload-pack 'broken'", { stdin: '' });
  expect(exitCode).toBe(128);
  expect(Buffer.from(stderr).toString()).toContain("'broken.git' does not appear to be a git repository");
  expect(Buffer.from(stderr).toString()).not.toContain(folder);
});

test('to read what is not there makes nothing', async () => {
  const { client, folder } = await logIn();
  const { exitCode, stderr } = await client.exec("git-upload-pack 'nothing'", { stdin: '' });
  expect([exitCode, Buffer.from(stderr).toString()]).toEqual([128, 'there is no repository nothing.git\n']);
  await expect(readdir(join(folder, '..'))).resolves.toEqual([]);
});
