/** File signatures, exchanged with `ssh-keygen -Y`, and allowed_signers read as it reads them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { noble } from '../../packages/core/src/crypto/noble.js';
import {
  formatSshSignature,
  generateKey,
  parseAllowedSigners,
  parseSshSignature,
  securityKeySigner,
  signMessage,
  verifyMessage,
} from '../../packages/core/src/keys/files/index.js';
import { formatPrivateKey, formatPublicKey } from '../../packages/core/src/keys/index.js';
import { isKeyTypeName, keyTypes } from '../../packages/core/src/keys/key-types.js';
import { Writer } from '../../packages/core/src/wire/writer.js';

const folder = mkdtempSync(join(tmpdir(), 'nacre-sshsig-'));
afterAll(() => rmSync(folder, { recursive: true }));
const message = Buffer.from('what is signed\n');
const namespace = 'file';

/** Whether `ssh-keygen -Y` accepts. */
function says(verb: string, input: Uint8Array, ...parameters: readonly string[]): boolean {
  return spawnSync('ssh-keygen', ['-Y', verb, ...parameters], { input }).status === 0;
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

describe.each(Object.keys(keyTypes).filter(isKeyTypeName))('%s', (type) => {
  const made = generateKey(type, { bits: 2048 });

  test('ssh-keygen verifies what we signed', async () => {
    const key = await made;
    const allowed = write(`allowed-${type}`, `ann ${formatPublicKey(key.public)}\n`);
    for (const hash of ['sha256', 'sha512'] as const) {
      const signature = write(`ours-${type}`, formatSshSignature(await signMessage(key, message, { namespace, hash })));
      const check = ['-n', namespace, '-s', signature];
      expect(says('check-novalidate', message, ...check)).toBe(true);
      expect(says('check-novalidate', message.subarray(1), ...check)).toBe(false);
      expect(says('verify', message, '-f', allowed, '-I', 'ann', ...check)).toBe(true);
      expect(says('verify', message, '-f', allowed, '-I', 'bob', ...check)).toBe(false);
    }
  });

  test('we verify what ssh-keygen signed', async () => {
    const path = write(`key-${type}`, formatPrivateKey(await made));
    for (const hash of ['sha256', 'sha512']) {
      const file = write(`message-${type}-${hash}`, message.toString());
      expect(says('sign', message, '-q', '-f', path, '-n', namespace, '-O', `hashalg=${hash}`, file)).toBe(true);
      const signature = parseSshSignature(readFileSync(`${file}.sig`, 'utf8'));
      expect(signature.hash).toBe(hash);
      expect(formatSshSignature(signature)).toBe(readFileSync(`${file}.sig`, 'utf8'));
      expect(await verifyMessage(signature, message, { namespace })).toBe(true);
      expect(await verifyMessage(signature, message.subarray(1), { namespace })).toBe(false);
    }
  });
});

test('ssh-keygen too passes over the reserved field, which no signature covers', async () => {
  const signature = formatSshSignature(await signMessage(await generateKey('ssh-ed25519'), message, { namespace }));
  const bytes = Buffer.from(signature.replace(/-----.*-----|\s/g, ''), 'base64');
  const place = bytes.indexOf(namespace) + namespace.length;
  const longer = Buffer.concat([bytes.subarray(0, place), Buffer.from([0, 0, 0, 1, 7]), bytes.subarray(place + 4)]);
  const text = `-----BEGIN SSH SIGNATURE-----\n${longer.toString('base64')}\n-----END SSH SIGNATURE-----\n`;
  expect(await verifyMessage(parseSshSignature(text), message, { namespace })).toBe(true);
  expect(says('check-novalidate', message, '-n', namespace, '-s', write('reserved', text))).toBe(true);
});

test('ssh-keygen verifies what a security key of software signed', async () => {
  const { seed, publicKey } = noble.ed25519.generate();
  const blob = new Writer();
  blob.text('sk-ssh-ed25519@openssh.com');
  blob.string(publicKey);
  blob.text('ssh:');
  const signer = securityKeySigner(blob.written(), ({ application, challengeHash }) => {
    const asserted = new Writer();
    asserted.fixed(noble.hash('sha256', Buffer.from(application)));
    asserted.byte(1);
    asserted.uint32(9);
    asserted.fixed(challengeHash);
    return { signature: noble.ed25519.sign(seed, asserted.written()), flags: 1, counter: 9 };
  });
  const signature = write('sk', formatSshSignature(await signMessage(signer, message, { namespace })));
  expect(says('check-novalidate', message, '-n', namespace, '-s', signature)).toBe(true);
  expect(says('check-novalidate', message.subarray(1), '-n', namespace, '-s', signature)).toBe(false);
});

/** What precedes the key in a line. */
const heads = [
  'ann@example.org',
  '"ann@example.org"',
  'bob,ann@*',
  'ann@*,!ann@example.org',
  '*',
  '? ',
  'ann@example.org namespaces="file"',
  'ann@example.org namespaces="git,mail"',
  'ann@example.org namespaces="*,!file"',
  'ann@example.org NAMESPACES="f*"',
  'ann@example.org namespaces=file',
  'ann@example.org namespaces="file",namespaces="file"',
  'ann@example.org valid-after="20260102"',
  'ann@example.org valid-after="202601020304"',
  'ann@example.org valid-after="20260102030405"',
  'ann@example.org valid-after="20260102030406"',
  'ann@example.org valid-before="20260102030405"',
  'ann@example.org valid-before="20260102030404"',
  'ann@example.org valid-before="20270101",valid-after="20250101"',
  'ann@example.org valid-before="20250101",valid-after="20270101"',
  'ann@example.org valid-after="20251350"',
  'ann@example.org mystery',
  'ann@example.org mystery="x"',
  '# ann@example.org',
];

test.each(heads)('allowed_signers as ssh-keygen reads it: %s', async (head) => {
  const key = await generateKey('ssh-ed25519');
  const signature = await signMessage(key, message, { namespace });
  const path = write('signature', formatSshSignature(signature));
  const text = `${head} ${formatPublicKey(key.public)}\n`;
  const check = ['-f', write('allowed', text), '-n', namespace, '-s', path, '-O', 'verify-time=20260102030405'];
  const signers = parseAllowedSigners(text);
  const use = { namespace, now: new Date(2026, 0, 2, 3, 4, 5).getTime() };
  for (const principal of ['ann@example.org', 'bob', 'x']) {
    const verified = await signers.verify(signature, message, { ...use, principal });
    expect(verified).toBe(says('verify', message, '-I', principal, ...check));
  }
});

const certified = [
  { line: 'ann@example.org cert-authority', options: [], principal: 'ann@example.org' },
  { line: 'ann@example.org cert-authority', options: [], principal: 'bob' },
  { line: '*@example.org cert-authority', options: [], principal: 'ann@example.org' },
  { line: '*@example.org cert-authority', options: [], principal: 'eve@example.org' },
  { line: 'ann@example.org', options: [], principal: 'ann@example.org' },
  { line: '* CERT-AUTHORITY,namespaces="git"', options: [], principal: 'ann@example.org' },
  { line: '* cert-authority,valid-before="20250101"', options: [], principal: 'ann@example.org' },
  { line: '* cert-authority', options: ['-V', '20250101:20260101'], principal: 'ann@example.org' },
  { line: '* cert-authority', options: ['-V', '20260101:20270101'], principal: 'ann@example.org' },
  { line: '* cert-authority', options: ['-h'], principal: 'ann@example.org' },
  { line: '* cert-authority', options: ['-n', 'somebody'], principal: 'ann@example.org' },
] as const;

test.each(certified)('$line, a certificate with $options, $principal', async ({ line, options, principal }) => {
  const [authority, key] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ecdsa-sha2-nistp256')]);
  const authorityPath = write('authority', formatPrivateKey(authority));
  const keyPath = write('certified', formatPrivateKey(key));
  write('certified.pub', formatPublicKey(key.public));
  // The last of several `-n` counts.
  const signing = ['-q', '-s', authorityPath, '-I', 'x', '-n', 'ann@example.org,bob', ...options, `${keyPath}.pub`];
  expect(spawnSync('ssh-keygen', signing).status).toBe(0);
  const file = write('certified-message', message.toString());
  rmSync(`${file}.sig`, { force: true });
  expect(says('sign', message, '-q', '-f', `${keyPath}-cert.pub`, '-n', namespace, file)).toBe(true);
  const signature = parseSshSignature(readFileSync(`${file}.sig`, 'utf8'));
  expect(Buffer.from(signature.publicKey).toString()).toContain('-cert-v01@openssh.com');
  expect(await verifyMessage(signature, message, { namespace })).toBe(true);
  expect(await verifyMessage(signature, message.subarray(1), { namespace })).toBe(false);
  const text = `${line} ${formatPublicKey(authority.public)}\n`;
  const allowed = write('allowed-certified', text);
  const check = ['-f', allowed, '-n', namespace, '-s', `${file}.sig`, '-O', 'verify-time=20260102030405'];
  const use = { namespace, principal, now: new Date(2026, 0, 2, 3, 4, 5).getTime() };
  const verified = await parseAllowedSigners(text).verify(signature, message, use);
  expect(verified).toBe(says('verify', message, '-I', principal, ...check));
});
