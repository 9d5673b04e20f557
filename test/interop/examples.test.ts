/** The examples as a newcomer starts them, with stock clients: a game, a chat, an account, a forge, git. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fingerprint, formatPublicKey, parsePrivateKey } from '@nacre/core';
import { dbclient, plink } from './clients.js';
import { testKey, writeKey } from './keys.js';
import { askpass, openssh, TARGET } from './openssh.js';
import type { OurServer } from './our-server.js';
import { isMissing, start, temporaryFolder, tool } from './processes.js';
import { startTerminal, type Terminal } from './terminal.js';

const EXAMPLE = new URL('../../scripts/example.mjs', import.meta.url).pathname;

interface Example {
  readonly server: OurServer;
  /** Where it keeps its files. */
  readonly folder: string;
}

async function startExample(name: string, ...words: readonly string[]): Promise<Example> {
  const folder = await temporaryFolder(onTestFinished);
  const options = { cwd: folder, env: { PORT: '0' } };
  const { printed } = start(onTestFinished, process.execPath, [EXAMPLE, name, ...words], options);
  const [, port] = /(?:ssh -p |127\.0\.0\.1:)(\d+)/.exec(await printed(/(ssh -p |127\.0\.0\.1:)\d+.*\n/))!;
  const hostKeys = [parsePrivateKey(await readFile(join(folder, 'host_key'), 'utf8'))];
  return { server: { port: Number(port), hostKeys, connections: [] }, folder };
}

async function ssh({ server }: Example, user: string, ...words: readonly string[]): Promise<Terminal> {
  const client = await openssh(onTestFinished, server, user);
  return startTerminal(onTestFinished, ['ssh', ...client.words, ...words]);
}

const it = test.skipIf(isMissing('ssh', 'script', 'stty'));

it('hangman: a player on a terminal, and one without', async () => {
  const example = await startExample('hangman');
  const player = await ssh(example, 'player', TARGET);
  await player.printed(/_ _ _.*[^]*Guess a letter/);
  player.type('\x1b[Aqj');
  await player.printed(/missed: q j\r\n/);
  player.type('\x03');
  await player.printed(/Thanks for playing, player\./);
  expect((await player.finished).code).toBe(0);
  const { words } = await openssh(onTestFinished, example.server, 'player');
  const { code, stderr } = await start(onTestFinished, 'ssh', [...words, '-T', TARGET], { input: '' }).finished;
  expect([code, stderr]).toEqual([1, expect.stringContaining('needs a terminal')]);
});

test.skipIf(isMissing('ssh', 'plink', 'dbclient', 'script', 'stty'))(
  'chat: ssh, PuTTY and dropbear in one room',
  async () => {
    const example = await startExample('chat');
    const anna = await ssh(example, 'anna', TARGET);
    await anna.printed(/In the room: you\./);
    const putty = await startTerminal(onTestFinished, await (await plink(onTestFinished, example.server)).words([]));
    await anna.printed(/\* (\w+) comes in/);
    const dropbear = await startTerminal(
      onTestFinished,
      await (await dbclient(onTestFinished, example.server)).words([]),
    );
    await anna.printed(/\* (\w+) comes in/, 2);
    await dropbear.printed(/In the room: .*, you\./);
    // Mistyped and corrected: ^A goes to the start of the line.
    anna.type('lo all\x01hel\r');
    await Promise.all([putty, dropbear].map((guest) => guest.printed(/anna: hello all\r\n/)));
    putty.type('so am I\r');
    await Promise.all([anna, dropbear].map((guest) => guest.printed(/guest: so am I\r\n/)));
    dropbear.type('\x04');
    expect((await dropbear.finished).code).toBe(0);
    await anna.printed(/\* guest2 leaves/);
    putty.child.kill();
    await anna.printed(/\* guest leaves/);
  },
);

it('accounts: made by hand, then logged in to', async () => {
  const example = await startExample('accounts');
  const visitor = await ssh(example, 'new', TARGET);
  await visitor.printed(/Your name: /);
  visitor.type('anna\r');
  await visitor.printed(/A password: /);
  visitor.type('correct horse\r');
  expect(await visitor.printed(/Now log in as anna\./)).not.toContain('horse');
  const client = await openssh(onTestFinished, example.server, 'anna');
  const right = await client.ssh([TARGET], await askpass(client.folder, { password: 'correct horse' })).finished;
  expect(right.stdout.toString()).toContain('Welcome back, anna.');
  const wrong = await client.ssh([TARGET], await askpass(client.folder, { password: 'wrong horse' })).finished;
  expect(wrong.stderr).toContain('Permission denied');
});

test.skipIf(isMissing('ssh'))('keys from a forge: whoever has a key there is let in, by its name', async () => {
  const [key, other] = [await testKey('ssh-ed25519'), await testKey('ecdsa-sha2-nistp256')];
  const forge = createServer(({ url }, response) =>
    response.end(url === '/anna.keys' ? formatPublicKey(key.public) : ''),
  ).listen(0, '127.0.0.1');
  await once(forge, 'listening');
  onTestFinished(() => void forge.close());
  const address = `http://127.0.0.1:${(forge.address() as AddressInfo).port}`;
  const { server } = await startExample('forge-keys', address);
  const { folder, ssh: run } = await openssh(onTestFinished, server, 'anna');
  const [right, wrong] = [await writeKey(folder, 'right', key), await writeKey(folder, 'wrong', other)];
  const { stdout } = await run(['-i', wrong, '-i', right, TARGET]).finished;
  expect(stdout.toString()).toBe(`You are anna of ${address}: you hold ${fingerprint(key.public.blob)}.\n`);
  expect((await run(['-i', wrong, TARGET]).finished).stderr).toContain('Permission denied');
  const ben = await openssh(onTestFinished, server, 'ben');
  expect((await ben.ssh(['-i', right, TARGET]).finished).stderr).toContain('Permission denied');
});

test.skipIf(isMissing('ssh', 'git'))(
  'git: push 100 MiB to a new name, clone, push again, fetch; strangers stay out',
  async () => {
    const example = await startExample('git');
    const key = await testKey('ssh-ed25519');
    await writeFile(join(example.folder, 'authorized_keys'), formatPublicKey(key.public));
    const { folder, words } = await openssh(onTestFinished, example.server, 'git');
    const identity = await writeKey(folder, 'id', key);
    const [mine, yours] = [join(folder, 'mine'), join(folder, 'yours')];
    await mkdir(mine);
    const git = (cwd: string, file: string, ...rest: readonly string[]) =>
      start(onTestFinished, 'git', rest, {
        cwd,
        env: {
          GIT_SSH_COMMAND: ['ssh', ...words, '-i', file].map((word) => `'${word}'`).join(' '),
          GIT_CONFIG_GLOBAL: '/dev/null',
          // Random bytes do not compress.
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'core.compression',
          GIT_CONFIG_VALUE_0: '0',
          GIT_AUTHOR_NAME: 'anna',
          GIT_AUTHOR_EMAIL: 'anna@example.com',
          GIT_COMMITTER_NAME: 'anna',
          GIT_COMMITTER_EMAIL: 'anna@example.com',
        },
      }).finished;
    const commit = async (cwd: string, text: string): Promise<void> => {
      await writeFile(join(cwd, 'file'), text);
      await git(cwd, identity, 'add', 'file');
      expect((await git(cwd, identity, 'commit', '-qm', text)).code).toBe(0);
    };
    const url = `ssh://${TARGET}/notes`;
    await git(mine, identity, 'init', '-q', '-b', 'main');
    const large = randomBytes(100 * 2 ** 20);
    await writeFile(join(mine, 'large'), large);
    await git(mine, identity, 'add', 'large');
    await commit(mine, 'one');
    expect((await git(mine, identity, 'push', '-q', url, 'main')).code).toBe(0);
    expect((await git(folder, identity, 'clone', '-q', url, yours)).code).toBe(0);
    expect(large.equals(await readFile(join(yours, 'large')))).toBe(true);
    await commit(yours, 'two');
    expect((await git(yours, identity, 'push', '-q', 'origin', 'main')).code).toBe(0);
    expect((await git(mine, identity, 'pull', '-q', `${url}.git`, 'main')).code).toBe(0);
    expect(await readFile(join(mine, 'file'), 'utf8')).toBe('two');
    await tool('git', '-C', join(example.folder, 'repositories/notes.git'), 'fsck', '--strict');

    const outside = await git(mine, identity, 'push', `ssh://${TARGET}/../notes`, 'main');
    expect([outside.code, outside.stderr]).toEqual([128, expect.stringContaining('only for git')]);
    const stranger = await git(
      mine,
      await writeKey(folder, 'other', await testKey('ecdsa-sha2-nistp256')),
      'fetch',
      url,
    );
    expect([stranger.code, stranger.stderr]).toEqual([128, expect.stringContaining('Permission denied')]);
  },
);
