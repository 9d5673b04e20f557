import { describe, expect, test } from 'vitest';
import { BoundedFiles } from './files.js';

const SYSTEM = new BoundedFiles().getAllPaths().length;

/** Room for `entries` entries, and 64 KiB, of visitors. */
const small = (entries: number): BoundedFiles => new BoundedFiles({ bytes: 2 ** 16 + 8192, entries: SYSTEM + entries });

describe('bounds', () => {
  test('of the number of entries, of whatever kind', async () => {
    const files = small(4);
    await files.writeFile('/tmp/file', 'x');
    await files.mkdir('/tmp/folder');
    await files.symlink('/tmp/file', '/tmp/soft');
    await files.link('/tmp/file', '/tmp/hard');
    await expect(files.writeFile('/tmp/one', '')).rejects.toThrow('ENOSPC');
    await expect(files.appendFile('/tmp/one', '')).rejects.toThrow('ENOSPC');
    await expect(files.mkdir('/tmp/one')).rejects.toThrow('ENOSPC');
    await expect(files.symlink('/tmp/file', '/tmp/one')).rejects.toThrow('ENOSPC');
    await expect(files.link('/tmp/file', '/tmp/one')).rejects.toThrow('ENOSPC');
    await expect(files.cp('/tmp/file', '/tmp/one')).rejects.toThrow('ENOSPC');
    await files.writeFile('/tmp/file', 'what is there can still be written');
    await files.mv('/tmp/hard', '/tmp/moved');
    await files.rm('/tmp/moved');
    await files.writeFile('/tmp/one', 'and there is room again');
  });

  test('a folder counts with all that is in it', async () => {
    const files = small(6);
    await files.mkdir('/tmp/folder');
    for (const name of ['a', 'b', 'c']) await files.writeFile(`/tmp/folder/${name}`, '');
    await expect(files.cp('/tmp/folder', '/tmp/copy', { recursive: true })).rejects.toThrow('ENOSPC');
    await files.rm('/tmp/folder/c');
    await files.cp('/tmp/folder', '/tmp/copy', { recursive: true });
  });

  test('of all bytes', async () => {
    const files = small(10);
    await expect(files.writeFile('/tmp/x', new Uint8Array(2 ** 17))).rejects.toThrow('ENOSPC');
    await files.writeFile('/tmp/x', new Uint8Array(2 ** 15));
    await expect(files.appendFile('/tmp/x', new Uint8Array(2 ** 16))).rejects.toThrow('ENOSPC');
  });

  test('of a path, and of what a link says', async () => {
    const files = small(10);
    const long = 'x'.repeat(1100);
    await expect(files.writeFile(`/tmp/${long}`, '')).rejects.toThrow('ENAMETOOLONG');
    await expect(files.symlink(long, '/tmp/x')).rejects.toThrow('ENAMETOOLONG');
  });
});

test.each([
  '/etc/motd',
  '/home',
  '/home/demo',
  '/tmp',
  '/usr/bin/ls',
  '/',
  '/tmp/../etc/motd',
  '/home/demo/../../etc/x',
])('%s is nobody’s to change', async (path) => {
  const files = new BoundedFiles();
  await expect(files.writeFile(path, '')).rejects.toThrow('EACCES');
  await expect(files.appendFile(path, '')).rejects.toThrow('EACCES');
  await expect(files.rm(path, { recursive: true, force: true })).rejects.toThrow('EACCES');
  await expect(files.mv(path, '/tmp/x')).rejects.toThrow('EACCES');
  await expect(files.chmod(path, 0)).rejects.toThrow('EACCES');
  await expect(files.utimes(path, new Date(0), new Date(0))).rejects.toThrow('EACCES');
  await expect(files.mkdir(path, { recursive: true })).rejects.toThrow('EACCES');
});

test('a link out of the writable folders is no way around', async () => {
  const files = new BoundedFiles();
  const links: Readonly<Record<string, string>> = { way: '/etc', file: '/etc/motd', dangling: '/etc/new' };
  const paths = ['/tmp/way/motd', '/tmp/way/new', '/tmp/file', '/tmp/dangling', '/tmp/hard'];
  const attempts: readonly ((path: string) => Promise<unknown>)[] = [
    (path) => files.appendFile(path, 'changed'),
    (path) => files.writeFile(path, 'changed'),
    (path) => files.chmod(path, 0),
    (path) => files.utimes(path, new Date(0), new Date(0)),
    (path) => files.mkdir(`${path}/a`, { recursive: true }),
    (path) => files.mv(path, '/tmp/moved'),
    (path) => files.rm(path, { recursive: true }),
  ];
  const before = await files.stat('/etc/motd');
  for (const attempt of attempts) {
    for (const path of [...paths, ...Object.keys(links).map((name) => `/tmp/${name}`)])
      await files.rm(path, { force: true, recursive: true });
    for (const [name, target] of Object.entries(links)) await files.symlink(target, `/tmp/${name}`);
    await files.link('/etc/motd', '/tmp/hard');
    await Promise.allSettled(paths.map(attempt));
    expect(await files.readdir('/etc')).toEqual(['motd']);
    expect(await files.stat('/etc/motd')).toMatchObject({ mode: before.mode, isFile: true });
    expect(await files.readFile('/etc/motd')).toBe('Everything here is JavaScript.\n');
  }
});

test('devices take everything and keep nothing', async () => {
  const files = new BoundedFiles();
  await files.writeFile('/dev/null', 'gone');
  expect(await files.readFile('/dev/null')).toBe('');
});
