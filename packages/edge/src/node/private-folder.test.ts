/** Folders of one session: nobody else's, and gone with it. */
import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { privateFolder } from './private-folder.js';

async function folder(): Promise<Awaited<ReturnType<typeof privateFolder>>> {
  const made = await privateFolder();
  onTestFinished(() => rm(dirname(made.path), { recursive: true, force: true }));
  return made;
}

test('only the owner can read it, and nothing of it is left', async () => {
  const { path, remove } = await folder();
  expect([(await stat(path)).mode & 0o777, (await stat(dirname(path))).mode & 0o777]).toEqual([0o700, 0o700]);
  await writeFile(join(path, 'cookie'), 'secret');
  await remove();
  await expect(stat(dirname(path))).rejects.toThrow('ENOENT');
});

test('Security: all files go, even beside a folder that a program made, and targets of links stay', async () => {
  const [{ path, remove }, other] = [await folder(), await folder()];
  await writeFile(join(other.path, 'precious'), '1');
  await mkdir(join(path, 'a'));
  await writeFile(join(path, 'b'), 'cookie');
  await symlink(other.path, join(path, 'c'));
  await remove();
  expect(await readdir(path)).toEqual(['a']);
  expect(await readdir(other.path)).toEqual(['precious']);
});
