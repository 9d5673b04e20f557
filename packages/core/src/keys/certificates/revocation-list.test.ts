/** ssh-keygen(1), KEY REVOCATION LISTS, as text. test/vectors compares the results with ssh-keygen's for the same text. */
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../errors.js';
import { concatenate } from '../../wire/concatenate.js';
import { fingerprint, formatPublicKey, generateKey } from '../index.js';
import { issueCertificate } from './issue.js';
import { parseKrl } from './krl.js';
import { parseRevocationList } from './revocation-list.js';
import { formatCertificate } from './text.js';

const [authority, key, other] = await Promise.all([
  generateKey('ssh-ed25519'),
  generateKey('ssh-ed25519'),
  generateKey('ssh-ed25519'),
]);
const certificate = await issueCertificate(authority, {
  role: 'user',
  key: key.publicKey,
  keyId: 'alice@work',
  principals: ['alice'],
  serial: 7,
  validBefore: 'forever',
});

test('a plain list of keys, as RevokedKeys: a key, and all that an authority has signed', () => {
  const list = parseRevocationList(
    `# gone\n\n${formatPublicKey(other.public)} lost\r\n${formatPublicKey(authority.public)}\n`,
  );
  expect(list.isRevoked(other.publicKey)).toBe(true);
  expect(list.isRevoked(authority.publicKey)).toBe(true);
  expect(list.isRevoked(certificate.blob)).toBe(true);
  expect(list.isRevoked(key.publicKey)).toBe(false);
});

test('Security: a certificate that cannot be read counts as revoked', () => {
  const list = parseRevocationList('');
  expect(list.isRevoked(certificate.blob)).toBe(false);
  // Its key id is not UTF-8, which OpenSSH accepts.
  const unreadable = Uint8Array.from(certificate.blob, (byte) => (byte === 'w'.charCodeAt(0) ? 0xe9 : byte));
  expect(list.isRevoked(unreadable)).toBe(true);
});

test.each([
  ['key', () => formatPublicKey(key.public)],
  ['sha1', () => formatPublicKey(key.public)],
  ['sha256', () => formatPublicKey(key.public)],
  ['SHA256', () => formatPublicKey(key.public)],
  ['hash', () => fingerprint(key.publicKey)],
  ['key', () => formatCertificate(certificate)],
])('%s: revokes a key, and the certificates for it', (kind, value) => {
  const list = parseRevocationList(`${kind}: ${value()}\n`);
  expect(list.isRevoked(key.publicKey)).toBe(true);
  expect(list.isRevoked(certificate.blob)).toBe(true);
  expect(list.isRevoked(other.publicKey)).toBe(false);
});

describe('certificates by number and name', () => {
  test.each([
    ['serial: 7', true],
    ['serial: 0x7', true],
    ['serial: 5-9', true],
    ['serial: 8', false],
    ['id: alice@work', true],
    ['id: alice', false],
  ])('%s: %s', (text, expected) => {
    expect(parseRevocationList(text, { authority: authority.publicKey }).isRevoked(certificate.blob)).toBe(expected);
    expect(parseRevocationList(text, { authority: 'any' }).isRevoked(certificate.blob)).toBe(expected);
    expect(parseRevocationList(text, { authority: other.publicKey }).isRevoked(certificate.blob)).toBe(false);
    expect(() => parseRevocationList(text)).toThrow(ConfigurationError);
  });
});

test.each([
  'serial: 0',
  'serial: 010',
  'serial: 9-7',
  'serial: 1-2-3',
  'serial: -1',
  'serial: 18446744073709551616',
  'serial: x',
  'hash: MD5:00:11',
  'hash: SHA256:short',
  'key: ssh-ed25519',
  'ssh-ed25519 not*base64',
  'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==',
  'unheard-of: x',
  'nonsense',
])('a list that is not understood whole is refused: %s', (line) => {
  expect(() => parseRevocationList(`${line}\n`, { authority: 'any' })).toThrow(ConfigurationError);
});

test.each([
  ['nothing', new Uint8Array(0)],
  [
    'text',
    new TextEncoder().encode('serial: 1, and what else there may be in a file that is no list of the binary kind'),
  ],
])('%s is no binary list', (_what, bytes) => {
  expect(() => parseKrl(bytes)).toThrow(ConfigurationError);
});

describe('a binary list', () => {
  /** Magic, format 1, version, date, flags, reserved, comment; then sections. */
  const krl = (...sections: readonly number[]): Uint8Array => {
    const numbers = new Uint8Array(4 + 3 * 8 + 2 * 4);
    numbers[3] = 1;
    return Uint8Array.of(...new TextEncoder().encode('SSHKRL\n\0'), ...numbers, ...sections);
  };
  const section = (type: number, ...content: readonly number[]): readonly number[] => [
    type,
    0,
    0,
    content.length >> 8,
    content.length & 0xff,
    ...content,
  ];
  /** Of any authority. */
  const certificates = (...sections: readonly number[]): Uint8Array =>
    krl(...section(1, 0, 0, 0, 0, 0, 0, 0, 0, ...sections));

  test('revokes by what it names', () => {
    expect(parseKrl(krl()).isRevoked(certificate.blob)).toBe(false);
    expect(parseKrl(certificates(...section(0x20, 0, 0, 0, 0, 0, 0, 0, 7))).isRevoked(certificate.blob)).toBe(true);
    expect(parseKrl(certificates(...section(0x20, 0, 0, 0, 0, 0, 0, 0, 8))).isRevoked(certificate.blob)).toBe(false);
  });

  test('of a range that ends before it begins is refused, as by ssh-keygen', () => {
    const range = (first: number, last: number): Uint8Array =>
      certificates(...section(0x21, 0, 0, 0, 0, 0, 0, 0, first, 0, 0, 0, 0, 0, 0, 0, last));
    expect(parseKrl(range(7, 7)).isRevoked(certificate.blob)).toBe(true);
    expect(() => parseKrl(range(8, 7))).toThrow('ends before it begins');
  });

  test('of more entries than a call can have arguments', () => {
    const count = 200_000;
    const hashes = new Uint8Array(5 + 36 * count);
    const view = new DataView(hashes.buffer);
    view.setUint8(0, 5);
    view.setUint32(1, 36 * count);
    for (let entry = 0; entry < count; entry += 1) {
      view.setUint32(5 + 36 * entry, 32);
      view.setUint32(9 + 36 * entry, entry);
    }
    hashes.set(sha256(key.publicKey), hashes.length - 32);
    const list = parseKrl(concatenate([krl(), hashes]));
    expect(list.isRevoked(key.publicKey)).toBe(true);
    expect(list.isRevoked(other.publicKey)).toBe(false);
  });

  test.each([
    [8192, true],
    [8193, false],
  ])('Security: a bitmap of %d bytes is read: %s', (length, isRead) => {
    const offset = [0, 0, 0, 0, 0, 0, 0, 0];
    const bits = [0, 0, length >> 8, length & 0xff, ...new Uint8Array(length).with(0, 1)];
    const bytes = certificates(...section(0x22, ...offset, ...bits));
    if (isRead) expect(parseKrl(bytes).isRevoked(certificate.blob)).toBe(false);
    else expect(() => parseKrl(bytes)).toThrow('too long');
  });

  test.each([
    ['a section of a type that is not known', krl(...section(4))],
    ['an extension', krl(...section(255, 0, 0, 0, 1, 120, 0, 0, 0, 0, 0))],
    ['a section about certificates of a type that is not known', certificates(...section(0x24))],
    ['a hash by SHA-1 that is too long', krl(...section(3, 0, 0, 0, 21, ...new Uint8Array(21)))],
    ['a hash by SHA-256 that is too short', krl(...section(5, 0, 0, 0, 20, ...new Uint8Array(20)))],
    ['another format', krl().with(11, 2)],
    ['a cut', krl(...section(1)).subarray(0, -1)],
  ])('Security: %s is refused: passing over it would revoke too little', (_what, bytes) => {
    expect(() => parseKrl(bytes)).toThrow(ConfigurationError);
  });
});
