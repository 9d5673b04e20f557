/** keygen: what it refuses. `test/interop/bridge/keygen.test.ts` shows that ssh-keygen reads its files. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keygen } from './keygen.js';

async function freshFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-keygen-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'key');
}

test('no file is written over, and a size that there is not is refused', async () => {
  const file = await freshFile();
  await keygen({ file, type: 'ed25519', comment: '' });
  const before = await readFile(file, 'utf8');
  await expect(keygen({ file, type: 'ed25519', comment: '' })).rejects.toMatchObject({ exitCode: 64 });
  expect(await readFile(file, 'utf8')).toBe(before);
  const beside = await freshFile();
  await writeFile(`${beside}.pub`, 'precious');
  await expect(keygen({ file: beside, type: 'ed25519', comment: '' })).rejects.toMatchObject({ exitCode: 64 });
  await expect(stat(beside)).rejects.toThrow('ENOENT');
  await expect(keygen({ file, type: 'ecdsa', bits: 111, comment: '' })).rejects.toMatchObject({ exitCode: 64 });
  await expect(keygen({ file, type: 'rsa', bits: 1024, comment: '' })).rejects.toMatchObject({ exitCode: 64 });
});
