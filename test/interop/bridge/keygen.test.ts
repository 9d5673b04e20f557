/** keygen: key files that ssh-keygen reads. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { keygen } from '../../../packages/bridge/src/keygen/keygen.js';

const run = promisify(execFile);

async function freshFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-keygen-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'key');
}

test.each([
  ['ed25519', undefined],
  ['ecdsa', 384],
] as const)('%s: ssh-keygen reads the pair, and agrees on its fingerprint', async (type, bits) => {
  const file = await freshFile();
  const made = await keygen({ file, type, bits, comment: 'ann@host' });
  const { stdout: publicKey } = await run('ssh-keygen', ['-y', '-f', file]);
  expect(publicKey.trim()).toBe(made.publicKey);
  expect(await readFile(`${file}.pub`, 'utf8')).toBe(`${made.publicKey}\n`);
  expect((await run('ssh-keygen', ['-l', '-f', file])).stdout).toContain(` ${made.fingerprint} ann@host `);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('with a passphrase ssh-keygen reads it with that one and no other', async () => {
  const file = await freshFile();
  const made = await keygen({ file, type: 'ed25519', comment: '', passphrase: 'sesame' });
  const opened = run('ssh-keygen', ['-y', '-P', 'sesame', '-f', file]);
  expect((await opened).stdout.trim()).toBe(made.publicKey);
  await expect(run('ssh-keygen', ['-y', '-P', 'wrong', '-f', file])).rejects.toThrow();
});
