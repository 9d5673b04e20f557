/** Key files and known_hosts, exchanged with OpenSSH's `ssh-keygen`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigurationError } from '../../packages/core/src/errors.js';
import { signatures } from '../../packages/core/src/algorithms/table.js';
import type { SignatureAlgorithm } from '../../packages/core/src/algorithms/algorithm.js';
import {
  fingerprint,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  parseKnownHosts,
  parsePrivateKey,
  parsePublicKey,
} from '../../packages/core/src/keys/index.js';
import { legacy } from '../../packages/core/src/legacy/table.js';
import { verifiersOf } from '../vectors/providers.js';
import { types } from './ssh-keygen-types.js';

const present = spawnSync('ssh-keygen', ['-?']).error === undefined;
const folder = mkdtempSync(join(tmpdir(), 'nacre-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rows: Readonly<Record<string, SignatureAlgorithm>> = { ...signatures, ...legacy.signatures };

function sshKeygen(...parameters: readonly string[]): string {
  return execFileSync('ssh-keygen', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

// If it is not installed these are skipped; with CI=true that is a failure, as with any other tool.
const withTool = test.skipIf(!present && process.env['CI'] !== 'true');

withTool.each(types)('$type: we read the key that ssh-keygen made, and sign with it', async ({ type, flags }) => {
  const path = join(folder, `theirs-${type}`);
  sshKeygen('-q', ...flags, '-N', '', '-C', 'made elsewhere', '-f', path);
  const text = readFileSync(path, 'utf8');
  const publicKey = parsePublicKey(readFileSync(`${path}.pub`, 'utf8'));
  expect(publicKey.comment).toBe('made elsewhere');
  expect(sshKeygen('-l', '-f', `${path}.pub`)).toContain(fingerprint(publicKey.blob));
  for (const crypto of verifiersOf(type)) {
    const key = parsePrivateKey(text, { crypto });
    expect(key.public).toEqual(publicKey);
    for (const algorithm of key.algorithms) {
      const signature = await key.sign(algorithm, publicKey.blob);
      expect(await rows[algorithm]?.verify(crypto, publicKey.blob, publicKey.blob, signature)).toBe(true);
    }
  }
});

withTool.each(types)('$type: ssh-keygen reads the key that we made', async ({ type }) => {
  for (const crypto of verifiersOf(type)) {
    const key = await generateKey(type, { bits: 2048, comment: 'made here', crypto });
    const path = join(folder, `ours-${type}-${crypto.name.replace(':', '-')}`);
    writeFileSync(path, formatPrivateKey(key), { mode: 0o600 });
    expect(sshKeygen('-y', '-f', path).trim()).toBe(formatPublicKey(key.public));
    expect(sshKeygen('-l', '-f', path)).toContain(fingerprint(key.publicKey));
    // Rewriting the comment makes it read and write every private field.
    sshKeygen('-q', '-c', '-C', 'renamed', '-f', path);
    expect(parsePrivateKey(readFileSync(path, 'utf8')).public).toEqual({ ...key.public, comment: 'renamed' });
  }
});

withTool('ssh-keygen: we say of a key with a passphrase, and of one in PEM form, what reads it', () => {
  for (const [name, ...flags] of [
    ['encrypted', '-N', 'correct horse'],
    ['pem', '-m', 'PEM', '-N', ''],
  ] as const) {
    const path = join(folder, name);
    sshKeygen('-q', '-t', 'ecdsa', ...flags, '-f', path);
    const parse = () => parsePrivateKey(readFileSync(path, 'utf8'));
    expect(parse).toThrow(ConfigurationError);
    expect(parse).toThrow('parsePrivateKeyFile');
  }
});

withTool('ssh-keygen finds hosts in the known_hosts that we wrote, and we in the one that it hashed', async () => {
  const { public: key } = await generateKey('ssh-ed25519');
  const path = join(folder, 'known_hosts');
  const hosts = parseKnownHosts('');
  hosts.add('plain.example.org', 22, key.blob);
  hosts.add('hashed.example.org', 2222, key.blob, { hashed: true });
  writeFileSync(path, hosts.format());
  expect(sshKeygen('-F', 'plain.example.org', '-f', path)).toContain('found: line 1');
  expect(sshKeygen('-F', '[hashed.example.org]:2222', '-f', path)).toContain('found: line 2');
  sshKeygen('-q', '-H', '-f', path);
  const again = parseKnownHosts(readFileSync(path, 'utf8'));
  expect(again.format()).not.toContain('example.org');
  expect(again.verify('plain.example.org')(key)).toBe('trusted');
  expect(again.verify('hashed.example.org', 2222)(key)).toBe('trusted');
  expect(again.verify('hashed.example.org')(key)).toBe('unknown');
});
