/** Security keys: their public half in every kind of file that holds one. */
import { expect, test } from 'vitest';
import { SK_ECDSA, SK_ED25519 } from '../algorithms/security-key.js';
import { encodeBase64 } from '../crypto/base64.js';
import { ConfigurationError } from '../errors.js';
import { Writer } from '../wire/writer.js';
import { parseAuthorizedKeys } from './authorized-keys.js';
import { parseKnownHosts } from './known-hosts.js';
import { parsePrivateKey } from './portable-keys.js';
import { formatPublicKey, parsePublicKey } from './public-key.js';

function strings(...values: readonly (string | Uint8Array)[]): Uint8Array {
  const writer = new Writer();
  for (const value of values) {
    if (typeof value === 'string') writer.text(value);
    else writer.string(value);
  }
  return writer.written();
}

const ED25519_BYTES = new Uint8Array(32).fill(9);
const ed25519 = strings(SK_ED25519, ED25519_BYTES, 'ssh:');
const point = new Uint8Array(65).fill(4);
const ecdsa = strings(SK_ECDSA, 'nistp256', point, 'ssh:');
const lines = [
  [SK_ED25519, ed25519],
  [SK_ECDSA, ecdsa],
] as const;

test.each(lines)('%s stands in a line, in authorized_keys and in known_hosts', (type, blob) => {
  const line = `${type} ${encodeBase64(blob)} of mine`;
  const key = parsePublicKey(line);
  expect(key).toEqual({ type, blob, comment: 'of mine' });
  expect(formatPublicKey(key)).toBe(line);
  expect(parseAuthorizedKeys(line)).toEqual({ keys: [key], skipped: [] });
  expect(parseKnownHosts(`host ${line}`).verify('host')({ blob })).toBe('trusted');
});

test.each(lines)('%s: a line may do without a touch, or ask for more', (type, blob) => {
  const { keys } = parseAuthorizedKeys(`no-touch-required,verify-required ${type} ${encodeBase64(blob)}`);
  expect(keys[0]?.options).toMatchObject({ withoutTouch: true, withVerification: true });
});

test.each([
  ['no application', SK_ED25519, [ED25519_BYTES]],
  ['31 bytes', SK_ED25519, [ED25519_BYTES.subarray(1), 'ssh:']],
  ['a point of small order', SK_ED25519, [new Uint8Array(32), 'ssh:']],
  ['another curve', SK_ECDSA, ['nistp384', point, 'ssh:']],
  ['a compressed point', SK_ECDSA, ['nistp256', new Uint8Array(33).fill(2), 'ssh:']],
  ['a field more', SK_ECDSA, ['nistp256', point, 'ssh:', '']],
])('a key with %s is refused', (_what, type, fields) => {
  const line = `${type} ${encodeBase64(strings(type, ...fields))}`;
  expect(() => parsePublicKey(line)).toThrow(`the key is not a usable ${type} key`);
});

test('a private key file says where the secret is', () => {
  const secret = new Writer();
  secret.uint32(1);
  secret.uint32(1);
  secret.fixed(ed25519);
  secret.byte(1);
  secret.fixed(strings('handle', '', 'comment'));
  const envelope = new Writer();
  envelope.fixed(new TextEncoder().encode('openssh-key-v1\0'));
  envelope.fixed(strings('none', 'none', ''));
  envelope.uint32(1);
  envelope.fixed(strings(ed25519, secret.written()));
  const file = [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    encodeBase64(envelope.written()),
    '-----END OPENSSH PRIVATE KEY-----',
  ].join('\n');
  expect(() => parsePrivateKey(file)).toThrow(ConfigurationError);
  expect(() => parsePrivateKey(file)).toThrow('in a security key');
});
