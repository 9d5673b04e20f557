/** ssh, scp, sftp, git and rsync while their WebSockets are cut again and again: they do not notice. */
import { createHash, randomFillSync } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isMissing, start, temporaryFolder, tool } from '../processes.js';
import { byListen, byProxy, startBefore, useBridge, type Bridged } from './bridge.js';

const MIB = 1024 * 1024;
const FILE_LENGTH = 24 * MIB;
/** Half a dozen links, or more, for a file. */
const CHOPPING = { seed: 2026, bytes: [MIB / 2, 6 * MIB] } as const;

const bridge = useBridge();

const withTools = describe.skipIf(isMissing('sshd', 'ssh', 'scp', 'sftp', 'git', 'rsync', 'ssh-keygen'));

interface Setting {
  readonly bridged: Bridged;
  readonly options: readonly string[];
  readonly folder: string;
  readonly target: string;
  run(program: string, words: readonly string[], input?: Buffer): Promise<Buffer>;
}

async function setUp(way: 'proxy' | 'listen'): Promise<Setting> {
  const bridged = await startBefore(onTestFinished, bridge.path, CHOPPING);
  const { sshd, environment } = bridged;
  const options =
    way === 'proxy' ? byProxy(bridged, bridge.path) : await byListen(onTestFinished, bridged, bridge.path);
  const folder = await temporaryFolder(onTestFinished);
  const sshCommand = ['ssh', ...options].map((word) => `'${word}'`).join(' ');
  const env = { ...environment, GIT_SSH_COMMAND: sshCommand, RSYNC_RSH: sshCommand, GIT_CONFIG_NOSYSTEM: '1' };
  const run = async (program: string, words: readonly string[], input: Buffer = Buffer.alloc(0)): Promise<Buffer> => {
    const { code, stdout, stderr } = await start(onTestFinished, program, words, { env, input }).finished;
    expect([program, code, stderr.replaceAll(/^ssh-bridge: the (?:link broke|session goes on).*\n/gm, '')]).toEqual([
      program,
      0,
      expect.anything(),
    ]);
    return stdout;
  };
  return { bridged, options, folder, target: `${sshd.user}@target`, run };
}

function randomBytes(length: number): Buffer {
  return randomFillSync(Buffer.alloc(length));
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

withTools.each(['proxy', 'listen'] as const)('%s', (way) => {
  test('ssh: a pipe, both ways', async () => {
    const { bridged, options, target, run } = await setUp(way);
    const payload = randomBytes(FILE_LENGTH);
    const echoed = await run('ssh', [...options, target, 'cat'], payload);
    expect(digest(echoed)).toBe(digest(payload));
    expect(bridged.chopper.cuts()).toBeGreaterThan(5);
  });

  test('scp and sftp: a file there and back', async () => {
    const { bridged, options, folder, target, run } = await setUp(way);
    const [file, far, back, old, fetched] = ['file', 'far', 'back', 'old', 'fetched'].map((name) => join(folder, name));
    const payload = randomBytes(FILE_LENGTH);
    await writeFile(file ?? '', payload);
    await run('scp', ['-q', ...options, file ?? '', `${target}:${far ?? ''}`]);
    await run('scp', ['-q', ...options, `${target}:${far ?? ''}`, back ?? '']);
    await run('scp', ['-q', '-O', ...options, `${target}:${far ?? ''}`, old ?? '']);
    await run('sftp', ['-q', '-b', '-', ...options, target], Buffer.from(`get ${far ?? ''} ${fetched ?? ''}\n`));
    for (const copy of [far, back, old, fetched]) expect(digest(await readFile(copy ?? ''))).toBe(digest(payload));
    expect(bridged.chopper.cuts()).toBeGreaterThan(10);
  });

  test('git clone, rsync', async () => {
    const { bridged, folder, target, run } = await setUp(way);
    const [repository, clone, tree] = ['repository', 'clone', 'tree'].map((name) => join(folder, name));
    const git = (...words: string[]): Promise<string> =>
      tool('git', '-C', repository ?? '', '-c', 'user.name=a', '-c', 'user.email=a@b', ...words);
    await mkdir(repository ?? '');
    await git('init', '-q', '-b', 'main');
    for (let index = 0; index < 12; index++) await writeFile(join(repository ?? '', `file-${index}`), randomBytes(MIB));
    await git('add', '.');
    await git('commit', '-q', '-m', 'files');
    await run('git', ['clone', '-q', `ssh://${target}${repository ?? ''}`, clone ?? '']);
    await run('rsync', ['-a', '--delete', `${target}:${clone ?? ''}/`, `${tree ?? ''}/`]);
    expect((await readdir(tree ?? '')).toSorted()).toEqual((await readdir(repository ?? '')).toSorted());
    for (let index = 0; index < 12; index++) {
      const [before, after] = await Promise.all(
        [repository, tree].map((where) => readFile(join(where ?? '', `file-${index}`))),
      );
      expect(after?.equals(before ?? Buffer.alloc(0))).toBe(true);
    }
    expect(bridged.chopper.cuts()).toBeGreaterThan(3);
  });
});
