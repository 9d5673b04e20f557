/** Private key files, exchanged with the `ssh-keygen` of OpenSSH, `openssl` and `puttygen`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { noble } from '../../packages/core/src/crypto/noble.js';
import {
  fingerprintBy,
  formatOpenSshKeyFile,
  formatPkcs8KeyFile,
  formatPuttyKeyFile,
  formatRfc4716,
  formatSshfp,
  formatTraditionalKeyFile,
  generateKey,
  parseRfc4716,
  randomart,
  parsePrivateKeyFile,
  parseSecurityKeyFile,
  type PrivateKey,
} from '../../packages/core/src/keys/files/index.js';
import { fileCiphers, isFileCipherName } from '../../packages/core/src/keys/files/openssh-ciphers.js';
import { formatEnvelope } from '../../packages/core/src/keys/openssh-key-file.js';
import { formatPublicKey, parsePublicKey } from '../../packages/core/src/keys/index.js';
import { Writer } from '../../packages/core/src/wire/writer.js';
import { signatures } from '../../packages/core/src/algorithms/table.js';
import { types } from './ssh-keygen-types.js';
import type { SignatureAlgorithm } from '../../packages/core/src/algorithms/algorithm.js';

const folder = mkdtempSync(join(tmpdir(), 'nacre-key-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const rows: Readonly<Record<string, SignatureAlgorithm>> = signatures;
const PASSPHRASE = 'correct horse ünd staple';

function run(command: string, ...parameters: readonly string[]): string {
  return execFileSync(command, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Security: a key whose signatures its public half does not verify is not a key, whatever the file says. */
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
    run('ssh-keygen', '-q', ...flags, '-a', '4', '-N', PASSPHRASE, '-C', 'a comment', '-f', path);
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
    // Removing the passphrase makes it write every private field again.
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

/** The public half as OpenSSL computes it, without any SSH format. */
function expectSameByOpenSsl(key: PrivateKey, path: string, passphrase = ''): void {
  const parameters = ['pkey', '-in', path, '-passin', `pass:${passphrase}`, '-pubout', '-outform', 'DER'];
  const spki = execFileSync('openssl', parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  expect(spki.includes(Buffer.from(key.publicKey.subarray(-32)))).toBe(true);
}

const kinds: readonly { kind: string; options: readonly string[] }[] = [
  { kind: 'ed25519', options: ['-algorithm', 'ed25519'] },
  { kind: 'P-256', options: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] },
  { kind: 'P-384', options: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'] },
  { kind: 'P-521', options: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'] },
  { kind: 'RSA', options: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] },
];
const encryptions: readonly (readonly string[])[] = [
  ['-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA1'],
  ['-v2', 'aes-192-cbc', '-v2prf', 'hmacWithSHA384'],
  ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512', '-iter', '5000'],
  ['-v2', 'aes-256-cbc'],
  ['-scrypt'],
];

describe.each(kinds)('$kind and openssl', ({ kind, options }) => {
  const pass = (which: 'in' | 'out') => [`-pass${which}`, `pass:${PASSPHRASE}`];

  test('we read its PKCS #8, plain and by every encryption', async () => {
    const path = join(folder, `openssl-${kind}`);
    run('openssl', 'genpkey', ...options, '-out', path);
    const plain = await parsePrivateKeyFile(readFileSync(path, 'utf8'));
    expectSameByOpenSsl(plain, path);
    for (const encryption of encryptions) {
      run('openssl', 'pkcs8', '-topk8', '-in', path, ...encryption, ...pass('out'), '-out', `${path}.enc`);
      const text = readFileSync(`${path}.enc`, 'utf8');
      const key = await parsePrivateKeyFile(text, { passphrase: PASSPHRASE });
      expect(key.publicKey).toEqual(plain.publicKey);
      await expect(parsePrivateKeyFile(text, { passphrase: 'another' })).rejects.toThrow('the passphrase is wrong');
    }
  });

  test('it reads our PKCS #8', async () => {
    const path = join(folder, `openssl-${kind}-ours`);
    run('openssl', 'genpkey', ...options, '-out', path);
    const key = await parsePrivateKeyFile(readFileSync(path, 'utf8'));
    writeFileSync(path, await formatPkcs8KeyFile(key));
    run('openssl', 'pkey', '-check', '-in', path, '-noout');
    expectSameByOpenSsl(key, path);
    writeFileSync(path, await formatPkcs8KeyFile(key, { passphrase: PASSPHRASE }));
    expectSameByOpenSsl(key, path, PASSPHRASE);
    expect(() => expectSameByOpenSsl(key, path, 'another')).toThrow();
  });
});

describe.each(types.slice(1))('$type in its traditional form', ({ type, flags }) => {
  test('by ssh-keygen, with a passphrase and without, and openssl, and back', async () => {
    for (const passphrase of ['', PASSPHRASE]) {
      const path = join(folder, `traditional-${type}-${passphrase.length}`);
      run('ssh-keygen', '-q', ...flags, '-m', 'PEM', '-N', passphrase, '-f', path);
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(type === 'ssh-rsa' ? 'BEGIN RSA PRIVATE KEY' : 'BEGIN EC PRIVATE KEY');
      expect(text.includes('DEK-Info')).toBe(passphrase !== '');
      const key = await parsePrivateKeyFile(text, { passphrase });
      await expectSame(key, readFileSync(`${path}.pub`, 'utf8'));
      writeFileSync(path, formatTraditionalKeyFile(key));
      expect(run('ssh-keygen', '-y', '-P', '', '-f', path).trim()).toBe(
        formatPublicKey({ ...key.public, comment: '' }),
      );
      for (const cipher of ['-aes128', '-aes192', '-aes256']) {
        const out = ['-passout', `pass:${PASSPHRASE}`, '-traditional', '-out', `${path}.enc`];
        run('openssl', 'pkey', '-in', path, cipher, ...out);
        const encrypted = readFileSync(`${path}.enc`, 'utf8');
        expect(encrypted).toContain('DEK-Info');
        const again = await parsePrivateKeyFile(encrypted, { passphrase: PASSPHRASE });
        expect(again.publicKey).toEqual(key.publicKey);
        await expect(parsePrivateKeyFile(encrypted)).rejects.toMatchObject({ problem: 'passphrase-required' });
      }
    }
  });
});

describe.each(types)('$type and puttygen', ({ type, flags }) => {
  const path = join(folder, `putty-${type}`);
  const word = join(folder, 'passphrase');
  const none = join(folder, 'no-passphrase');
  writeFileSync(word, 'correct horse\n');
  writeFileSync(none, '\n');

  test('we read its files of both versions, plain and encrypted', async () => {
    run('ssh-keygen', '-q', ...flags, '-N', '', '-C', 'a comment', '-f', path);
    for (const version of ['2', '3']) {
      const to = (passphrase: string, ...more: readonly string[]) =>
        run(
          'puttygen',
          path,
          '-O',
          'private',
          '-o',
          `${path}.ppk`,
          '--new-passphrase',
          passphrase,
          '--ppk-param',
          [`version=${version}`, ...more].join(','),
        );
      to(none);
      const plain = await parsePrivateKeyFile(readFileSync(`${path}.ppk`, 'utf8'));
      expect(plain.comment).toBe('a comment');
      await expectSame(plain, readFileSync(`${path}.pub`, 'utf8'));
      for (const flavour of version === '2' ? [''] : ['argon2id', 'argon2i', 'argon2d']) {
        to(word, ...(flavour === '' ? [] : [`kdf=${flavour}`, 'passes=2', 'memory=64', 'parallelism=2']));
        const text = readFileSync(`${path}.ppk`, 'utf8');
        expect(text).toContain('aes256-cbc');
        const key = await parsePrivateKeyFile(text, { passphrase: 'correct horse' });
        expect(key.public).toEqual(plain.public);
        await expect(parsePrivateKeyFile(text, { passphrase: 'x' })).rejects.toMatchObject({
          problem: 'wrong-passphrase',
        });
      }
    }
  });

  test('it reads ours, plain and encrypted', async () => {
    const key = await generateKey(type, { bits: 2048, comment: 'made here' });
    const back = (passphrase: string) =>
      run('puttygen', `${path}.ours`, '-O', 'public-openssh', '--old-passphrase', passphrase).trim();
    writeFileSync(`${path}.ours`, await formatPuttyKeyFile(key));
    expect(back(none)).toBe(formatPublicKey(key.public));
    // The private half too: converting makes it read that.
    run('puttygen', `${path}.ours`, '-O', 'private-openssh-new', '-o', `${path}.openssh`);
    expect((await parsePrivateKeyFile(readFileSync(`${path}.openssh`, 'utf8'))).public).toEqual(key.public);
    writeFileSync(`${path}.ours`, await formatPuttyKeyFile(key, { passphrase: 'correct horse' }));
    run(
      'puttygen',
      `${path}.ours`,
      '-O',
      'private-openssh-new',
      '--old-passphrase',
      word,
      '--new-passphrase',
      none,
      '-o',
      `${path}.openssh`,
    );
    expect((await parsePrivateKeyFile(readFileSync(`${path}.openssh`, 'utf8'))).public).toEqual(key.public);
  });
});

test.each(types)('$type: what ssh-keygen says of a public key, we say', async ({ type }) => {
  for (let index = 0; index < (type === 'ssh-rsa' ? 2 : 4); index += 1) {
    const key = await generateKey(type, { bits: index === 0 ? 3072 : 2048 });
    const path = join(folder, `described-${type}`);
    writeFileSync(path, formatPublicKey(key.public));
    const [, ...picture] = run('ssh-keygen', '-lv', '-f', path).trimEnd().split('\n');
    expect(randomart(key.publicKey)).toBe(picture.join('\n'));
    for (const hash of ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const) {
      expect(run('ssh-keygen', '-l', '-E', hash, '-f', path)).toContain(` ${fingerprintBy(hash, key.publicKey)} `);
    }
    const records = run('ssh-keygen', '-r', 'example.org', '-f', path).trimEnd().split('\n');
    expect(formatSshfp('example.org', key.publicKey)).toEqual(records);
    expect(parseRfc4716(run('ssh-keygen', '-e', '-f', path)).blob).toEqual(key.publicKey);
    writeFileSync(path, formatRfc4716({ ...key.public, comment: 'made here' }));
    expect(run('ssh-keygen', '-i', '-f', path).trim()).toBe(formatPublicKey(key.public));
  }
});

test('the file of a security key, as ssh-keygen writes it', async () => {
  const blob = new Writer();
  blob.text('sk-ssh-ed25519@openssh.com');
  blob.string(noble.ed25519.generate().publicKey);
  blob.text('ssh:nacre');
  const secret = new Writer();
  secret.fixed(Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4));
  secret.fixed(blob.written());
  secret.byte(5);
  secret.string(Uint8Array.of(9, 8, 7));
  secret.text('');
  secret.text('made here');
  for (let padding = 1; secret.offset % 8 !== 0; padding += 1) secret.byte(padding);
  const none = new Uint8Array(0);
  const envelope = { cipher: 'none', kdf: 'none', kdfOptions: none, publicKey: blob.written(), tag: none };
  const path = join(folder, 'security-key');
  writeFileSync(path, formatEnvelope({ ...envelope, secret: secret.written() }), { mode: 0o600 });
  // It reads that, and writes it again with a passphrase; neither needs a security key.
  run('ssh-keygen', '-q', '-p', '-a', '1', '-P', '', '-N', PASSPHRASE, '-f', path);
  const read = await parseSecurityKeyFile(readFileSync(path, 'utf8'), { passphrase: PASSPHRASE });
  expect(formatPublicKey(read)).toBe(run('ssh-keygen', '-y', '-P', PASSPHRASE, '-f', path).trim());
  expect(read).toMatchObject({ application: 'ssh:nacre', keyHandle: Uint8Array.of(9, 8, 7), touchRequired: true });
});
