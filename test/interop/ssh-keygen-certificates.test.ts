/** OpenSSH's PROTOCOL.certkeys: certificates, exchanged with OpenSSH's `ssh-keygen`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprint, formatPrivateKey, formatPublicKey, generateKey, type PrivateKey } from '@nacre/core';
import {
  formatCertificate,
  issueCertificate,
  parseCertificate,
  parseKrl,
  parseRevocationList,
} from '@nacre/core/certificates';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeStatement, isSignedByAuthority } from '../../packages/core/src/algorithms/certificate.js';
import { signatures } from '../../packages/core/src/algorithms/table.js';
import { createAuthenticator, SK_ECDSA, SK_ED25519 } from '../vectors/authenticator.js';

const present = spawnSync('ssh-keygen', ['-?']).error === undefined;
const withTool = test.skipIf(!present && process.env['CI'] !== 'true');
const folder = mkdtempSync(join(tmpdir(), 'nacre-certificates-'));
afterAll(() => rmSync(folder, { recursive: true }));

function sshKeygen(...parameters: readonly string[]): string {
  const env = { ...process.env, TZ: 'UTC' };
  return execFileSync('ssh-keygen', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env });
}

const types = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'] as const;
const authorities = new Map<string, PrivateKey>();
/** The blobs of keys of every type that can be certified. */
const subjects = new Map<string, Uint8Array>();

beforeAll(async () => {
  for (const type of types) {
    const authority = await generateKey(type, { bits: 2048, crypto: nodeCrypto });
    authorities.set(type, authority);
    writeFileSync(join(folder, `ca-${type}`), formatPrivateKey(authority), { mode: 0o600 });
    subjects.set(type, (await generateKey(type, { bits: 2048, crypto: nodeCrypto })).publicKey);
  }
  for (const type of [SK_ED25519, SK_ECDSA] as const) subjects.set(type, createAuthenticator(type).publicKey);
});

const signers = [
  ...types.map((type) => [type, type] as const),
  [SK_ED25519, 'ssh-ed25519'],
  [SK_ECDSA, 'ssh-rsa'],
] as const;

withTool.each(signers)(
  '%s: a certificate of ssh-keygen is read whole, and its signature by %s holds',
  async (type, by) => {
    const path = join(folder, `theirs-${type}`);
    writeFileSync(`${path}.pub`, `${formatPublicKey({ type, blob: subjects.get(type)!, comment: '' })}\n`);
    const options = ['force-command=/bin/date', 'source-address=192.0.2.0/24,::1', 'verify-required', 'no-pty'];
    const given = options.flatMap((option) => ['-O', option]);
    const times = ['-V', '20260101Z:20270101Z', '-z', '18446744073709551615'];
    sshKeygen(
      '-q',
      '-s',
      join(folder, `ca-${by}`),
      '-I',
      'alice@work',
      '-n',
      'alice,bob',
      ...times,
      ...given,
      `${path}.pub`,
    );
    const certificate = parseCertificate(readFileSync(`${path}-cert.pub`, 'utf8'));
    expect(certificate).toMatchObject({
      role: 'user',
      keyId: 'alice@work',
      serial: 0xffff_ffff_ffff_ffffn,
      principals: ['alice', 'bob'],
      validAfter: BigInt(Date.UTC(2026, 0, 1) / 1000),
      validBefore: BigInt(Date.UTC(2027, 0, 1) / 1000),
    });
    expect(certificate.publicKey).toEqual(subjects.get(type));
    expect(certificate.criticalOptions.map(({ name }) => name)).toEqual([
      'force-command',
      'source-address',
      'verify-required',
    ]);
    expect(await isSignedByAuthority(nodeCrypto, certificate, signatures)).toBe(true);
    const [first, ...others] = certificate.signature;
    const forged = { ...certificate, signature: Uint8Array.from([first!, ...others.slice(0, -1), others.at(-1)! ^ 1]) };
    expect(await isSignedByAuthority(nodeCrypto, forged, signatures)).toBe(false);
    expect(
      await isSignedByAuthority(nodeCrypto, { ...certificate, signed: certificate.signed.slice(1) }, signatures),
    ).toBe(false);
  },
);

withTool.each(signers)('%s: ssh-keygen reads what we issue, and takes the signature by %s', async (type, by) => {
  const certificate = await issueCertificate(authorities.get(by)!, {
    role: 'user',
    key: subjects.get(type)!,
    keyId: 'alice@work',
    principals: ['alice', 'bob'],
    serial: 7,
    validAfter: new Date(Date.UTC(2026, 0, 1)),
    validBefore: new Date(Date.UTC(2099, 0, 1)),
    permissions: { pty: false, x11Forwarding: false },
    forceCommand: 'echo "hi"',
    sourceAddresses: ['192.0.2.0/24', '::1'],
    noTouchRequired: true,
  });
  const path = join(folder, `ours-${type}-cert.pub`);
  writeFileSync(path, formatCertificate(certificate, 'a comment'));
  const shown = sshKeygen('-L', '-f', path).replaceAll(/\s+/g, ' ');
  expect(shown).toContain('user certificate');
  expect(shown).toContain('Key ID: "alice@work" Serial: 7 Valid: from 2026-01-01T00:00:00 to 2099-01-01T00:00:00');
  expect(shown).toContain('Principals: alice bob');
  expect(shown).toContain('Critical Options: force-command echo "hi" source-address 192.0.2.0/24,::1 Extensions:');
  expect(shown).toContain(
    'Extensions: no-touch-required permit-agent-forwarding permit-port-forwarding permit-user-rc',
  );
  // `-L` checks the signature as it reads, and so do we.
  expect(parseCertificate(readFileSync(path, 'utf8'))).toEqual(certificate);
  expect(await isSignedByAuthority(nodeCrypto, certificate, signatures)).toBe(true);
});

withTool('the same content comes to the same bytes, of a user and of a host', async () => {
  const authority = authorities.get('ssh-ed25519')!;
  const key = subjects.get('ssh-ed25519')!;
  const path = join(folder, 'same');
  const issue = async (flags: readonly string[], options: Parameters<typeof issueCertificate>[1]): Promise<void> => {
    writeFileSync(`${path}.pub`, `${formatPublicKey({ type: 'ssh-ed25519', blob: key, comment: '' })}\n`);
    sshKeygen('-q', '-s', join(folder, 'ca-ssh-ed25519'), '-I', 'it', '-n', 'one,two', ...flags, `${path}.pub`);
    const theirs = parseCertificate(readFileSync(`${path}-cert.pub`, 'utf8'));
    const ours = await issueCertificate(authority, options);
    expect(encodeStatement(key, theirs.nonce, ours)).toEqual(theirs.signed);
    expect(ours.nonce.length).toBe(theirs.nonce.length);
    expect(await authority.sign('ssh-ed25519', theirs.signed)).toEqual(theirs.signature);
  };
  const content = { key, keyId: 'it', principals: ['one', 'two'] };
  await issue([], { ...content, role: 'user', validBefore: 'forever' });
  await issue(['-h', '-V', '20260101Z:20270101Z'], {
    ...content,
    role: 'host',
    validAfter: new Date(Date.UTC(2026, 0, 1)),
    validBefore: new Date(Date.UTC(2027, 0, 1)),
  });
});

withTool('the lists of ssh-keygen are read: of keys, of certificates by number, range, bits and name', async () => {
  const authority = authorities.get('ssh-ed25519')!;
  const ca = join(folder, 'krl-ca.pub');
  writeFileSync(ca, formatPublicKey(authority.public));
  const key = await generateKey('ssh-ed25519');
  const line = formatPublicKey({ type: 'ssh-rsa', blob: subjects.get('ssh-rsa')!, comment: '' });
  const hashed = formatPublicKey({ type: SK_ECDSA, blob: subjects.get(SK_ECDSA)!, comment: '' });
  const digested = formatPublicKey({ type: SK_ED25519, blob: subjects.get(SK_ED25519)!, comment: '' });
  const numbers = [
    'serial: 5',
    'serial: 7',
    'serial: 9',
    'serial: 100-0x80',
    'serial: 18446744073709551615',
    'serial: 3000',
  ];
  const text = [
    ...numbers,
    'id: mallory',
    `key: ${line}`,
    `sha256: ${hashed}`,
    `sha1: ${digested}`,
    `hash: ${fingerprint(key.publicKey)}`,
    '',
  ];
  const path = join(folder, 'revoked');
  writeFileSync(`${path}.txt`, text.join('\n'));
  sshKeygen('-q', '-k', '-f', path, '-s', ca, `${path}.txt`);
  const lists = [
    parseKrl(new Uint8Array(readFileSync(path))),
    parseRevocationList(text.join('\n'), { authority: authority.publicKey }),
  ];
  const issue = async (serial: bigint | number, keyId = 'alice', by = authority): Promise<Uint8Array> => {
    const content = {
      role: 'user',
      key: subjects.get('ssh-ed25519')!,
      principals: ['alice'],
      validBefore: 'forever',
    } as const;
    return (await issueCertificate(by, { ...content, serial, keyId })).blob;
  };
  const revoked = [5, 7, 9, 100, 110, 128, 3000, 0xffff_ffff_ffff_ffffn];
  for (const list of lists) {
    for (const serial of revoked) expect(list.isRevoked(await issue(serial)), String(serial)).toBe(true);
    for (const serial of [0, 4, 6, 8, 10, 99, 129, 2999])
      expect(list.isRevoked(await issue(serial)), String(serial)).toBe(false);
    expect(list.isRevoked(await issue(1, 'mallory'))).toBe(true);
    expect(list.isRevoked(await issue(5, 'mallory', authorities.get('ssh-rsa')))).toBe(false);
    for (const blob of [subjects.get('ssh-rsa')!, subjects.get(SK_ECDSA)!, subjects.get(SK_ED25519)!, key.publicKey])
      expect(list.isRevoked(blob)).toBe(true);
    expect(list.isRevoked(authority.publicKey)).toBe(false);
    expect(list.isRevoked(await issue(1, 'alice', key))).toBe(true);
  }
});
