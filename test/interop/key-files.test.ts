/** Private key files, exchanged with the `ssh-keygen` of OpenSSH, `openssl` and `puttygen`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { noble } from '../../packages/core/src/crypto/noble.js';
import {
  formatOpenSshKeyFile,
  generateKey,
  parsePrivateKeyFile,
  type PrivateKey,
} from '../../packages/core/src/keys/files/index.js';
import { fileCiphers, isFileCipherName } from '../../packages/core/src/keys/files/openssh-ciphers.js';
import { formatPublicKey, parsePublicKey, type KeyTypeName } from '../../packages/core/src/keys/index.js';
import { signatures } from '../../packages/core/src/algorithms/table.js';
import type { SignatureAlgorithm } from '../../packages/core/src/algorithms/algorithm.js';

const folder = mkdtempSync(join(tmpdir(), 'nacre-key-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const rows: Readonly<Record<string, SignatureAlgorithm>> = signatures;
const PASSPHRASE = 'correct horse ünd staple';

function run(command: string, ...parameters: readonly string[]): string {
  return execFileSync(command, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const types: readonly { type: KeyTypeName; flags: readonly string[] }[] = [
  { type: 'ssh-ed25519', flags: ['-t', 'ed25519'] },
  { type: 'ecdsa-sha2-nistp256', flags: ['-t', 'ecdsa', '-b', '256'] },
  { type: 'ecdsa-sha2-nistp384', flags: ['-t', 'ecdsa', '-b', '384'] },
  { type: 'ecdsa-sha2-nistp521', flags: ['-t', 'ecdsa', '-b', '521'] },
  { type: 'ssh-rsa', flags: ['-t', 'rsa', '-b', '2048'] },
];

/** Security: a key that signs what its public half does not verify is no key, whatever the file said. */
async function expectSame(key: PrivateKey, publicLine: string): Promise<void> {
  const expected = parsePublicKey(publicLine);
  expect(key.publicKey).toEqual(expected.blob);
  const [algorithm] = key.algorithms;
  const signature = await key.sign(algorithm!, expected.blob);
  expect(await rows[algorithm!]?.verify(noble, expected.blob, expected.blob, signature)).toBe(true);
}

describe.each(types)('$type and ssh-keygen', ({ type, flags }) => {
  test('we open the file with a passphrase that it made', async () => {
    const path = join(folder, `theirs-${type}`);
    run('ssh-keygen', '-q', ...flags, '-a', '2', '-N', PASSPHRASE, '-C', 'a comment', '-f', path);
    const key = await parsePrivateKeyFile(readFileSync(path, 'utf8'), { passphrase: () => PASSPHRASE });
    expect(key.comment).toBe('a comment');
    await expectSame(key, readFileSync(`${path}.pub`, 'utf8'));
  });

  test('it opens the file with a passphrase that we made', async () => {
    const key = await generateKey(type, { bits: 2048, comment: 'made here' });
    const path = join(folder, `ours-${type}`);
    writeFileSync(path, await formatOpenSshKeyFile(key, { passphrase: PASSPHRASE, rounds: 2 }), { mode: 0o600 });
    expect(run('ssh-keygen', '-y', '-P', PASSPHRASE, '-f', path).trim()).toBe(formatPublicKey(key.public));
    expect(() => run('ssh-keygen', '-y', '-P', 'another', '-f', path)).toThrow('incorrect passphrase');
    // Taking the passphrase off makes it write every private field anew.
    run('ssh-keygen', '-q', '-p', '-P', PASSPHRASE, '-N', '', '-f', path);
    const again = await parsePrivateKeyFile(readFileSync(path, 'utf8'));
    expect(again.public).toEqual(key.public);
  });
});

test.each(Object.keys(fileCiphers).filter(isFileCipherName))('ssh-keygen -Z %s, both ways', async (cipher) => {
  const path = join(folder, cipher);
  run('ssh-keygen', '-q', '-t', 'ed25519', '-a', '1', '-Z', cipher, '-N', PASSPHRASE, '-f', path);
  const key = await parsePrivateKeyFile(readFileSync(path, 'utf8'), { passphrase: PASSPHRASE });
  await expectSame(key, readFileSync(`${path}.pub`, 'utf8'));
  writeFileSync(path, await formatOpenSshKeyFile(key, { passphrase: PASSPHRASE, rounds: 3, cipher }));
  expect(run('ssh-keygen', '-y', '-P', PASSPHRASE, '-f', path).trim()).toBe(formatPublicKey(key.public));
});
