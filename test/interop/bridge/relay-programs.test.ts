/** ssh, scp, sftp, git and rsync through the relay to a server behind a tab, and ssh -D with many channels at once. */
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pump, socketStream } from '../../../packages/bridge/src/pump.js';
import { openTab, startRelay } from '../../../packages/bridge/src/testing/tab.js';
import { freePort, isMissing, start, temporaryFolder, tool } from '../processes.js';
import { startSshd, type Sshd } from './sshd.js';

const LENGTH = 8 * 1024 * 1024;
const CHANNELS = 50;

interface Setting {
  readonly sshd: Sshd;
  /** For `ssh` and everything that starts it. */
  readonly options: readonly string[];
  readonly folder: string;
  readonly target: string;
  run(program: string, ...words: readonly string[]): Promise<Buffer>;
}

/** A relay, and a tab that links each ssh client to sshd, as a page does to its own server. */
async function setUp(): Promise<Setting> {
  const sshd = await startSshd(onTestFinished);
  const relay = await startRelay();
  const tab = await openTab(relay);
  void (async () => {
    for (;;) {
      const { ticket } = await tab.next();
      const socket = connect({ port: sshd.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      const link = tab.dialBack(ticket);
      link.once('open', () => void pump(link, socketStream(socket)));
    }
  })();
  const options = [...sshd.clientOptions, '-o', `Port=${relay.sshPort}`, '-o', 'HostName=127.0.0.1'];
  const command = ['ssh', ...options].map((word) => `'${word}'`).join(' ');
  const env = { GIT_SSH_COMMAND: command, RSYNC_RSH: command, GIT_CONFIG_NOSYSTEM: '1' };
  const run = async (program: string, ...words: readonly string[]): Promise<Buffer> => {
    const { code, stdout, stderr } = await start(onTestFinished, program, words, { env, input: '' }).finished;
    expect([program, code, stderr]).toEqual([program, 0, expect.anything()]);
    return stdout;
  };
  const folder = await temporaryFolder(onTestFinished);
  return { sshd, options, folder, target: `${sshd.user}@target`, run };
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const withTools = describe.skipIf(isMissing('sshd', 'ssh', 'scp', 'sftp', 'git', 'rsync', 'curl', 'ssh-keygen'));

withTools('relay', () => {
  test('scp, sftp and rsync: files there and back, byte for byte', async () => {
    const { options, folder, target, run } = await setUp();
    const [from, there, back] = ['from', 'there', 'back'].map((name) => join(folder, name)) as [string, string, string];
    const payload = randomFillSync(Buffer.alloc(LENGTH));
    await writeFile(from, payload);
    await run('scp', '-q', ...options, from, `${target}:${there}-scp`);
    await run('scp', '-q', '-O', ...options, `${target}:${there}-scp`, `${back}-scp`);
    const batch = join(folder, 'batch');
    await writeFile(batch, `put ${from} ${there}-sftp\nget ${there}-sftp ${back}-sftp\n`);
    await run('sftp', '-q', '-b', batch, ...options, target);
    await run('rsync', '-z', from, `${target}:${there}-rsync`);
    await run('rsync', `${target}:${there}-rsync`, `${back}-rsync`);
    for (const name of ['scp', 'sftp', 'rsync']) {
      expect([name, digest(await readFile(`${back}-${name}`))]).toEqual([name, digest(payload)]);
    }
  });

  test('git: clone and push', async () => {
    const { folder, target, run } = await setUp();
    const [origin, clone] = [join(folder, 'origin'), join(folder, 'clone')];
    await mkdir(origin);
    const git = (where: string, ...words: readonly string[]): Promise<unknown> =>
      run('git', '-C', where, '-c', 'user.name=t', '-c', 'user.email=t@test', ...words);
    await git(origin, 'init', '-q', '-b', 'main');
    await writeFile(join(origin, 'file'), randomFillSync(Buffer.alloc(LENGTH)));
    await git(origin, 'add', '.');
    await git(origin, 'commit', '-q', '-m', 'one');
    await run('git', 'clone', '-q', `${target}:${origin}`, clone);
    expect(digest(await readFile(join(clone, 'file')))).toBe(digest(await readFile(join(origin, 'file'))));
    await git(clone, 'commit', '-q', '--allow-empty', '-m', 'two');
    await git(clone, 'push', '-q', 'origin', 'HEAD:other');
    expect((await tool('git', '-C', origin, 'log', '-1', '--format=%s', 'other')).trim()).toBe('two');
  });

  test(`ssh -D: ${CHANNELS} channels at once, each with its own bytes`, async () => {
    const { options, target } = await setUp();
    const web = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (head) => {
        const size = Number(/^GET \/(\d+)/.exec(head.toString())?.[1] ?? 0);
        socket.end(`HTTP/1.0 200 OK\r\n\r\n${String(size % 10).repeat(size)}`);
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void web.close());
    await once(web, 'listening');
    const socks = await freePort();
    const words = [...options, '-v', '-N', '-D', `127.0.0.1:${socks}`, target];
    await start(onTestFinished, 'ssh', words).printed(/Entering interactive session/);
    const fetched = await Promise.all(
      Array.from({ length: CHANNELS }, async (_, index) => {
        const size = 100_000 + index;
        const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/${size}`;
        const text = await tool('curl', '-s', '--socks5-hostname', `127.0.0.1:${socks}`, url);
        return text === String(size % 10).repeat(size);
      }),
    );
    expect(fetched.filter((isRight) => isRight)).toHaveLength(CHANNELS);
  });
});
