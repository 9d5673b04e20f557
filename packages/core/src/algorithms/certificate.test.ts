/** OpenSSH's PROTOCOL.certkeys: what is accepted as a certificate, and what is not. */
import { expect, test } from 'vitest';
import { generateKey } from '../keys/index.js';
import { issueCertificate } from '../keys/certificates/issue.js';
import { noble } from '../crypto/noble.js';
import { Writer } from '../wire/writer.js';
import {
  certificateName,
  certificateRows,
  certifiedName,
  decodeCertificate,
  encodeStatement,
  type Certificate,
} from './certificate.js';
import { encodeSignature } from './signature-blob.js';
import { signatures } from './table.js';

const [authority, key] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519')]);
const legal = await issueCertificate(authority, {
  role: 'user',
  key: key.publicKey,
  keyId: 'id',
  principals: ['alice'],
  validBefore: 'forever',
});
const rows = certificateRows(signatures);
const row = rows['ssh-ed25519-cert-v01@openssh.com']!;

function altered(change: Partial<Certificate>): Uint8Array {
  const writer = new Writer();
  writer.fixed(encodeStatement(legal.publicKey, legal.nonce, { ...legal, ...change }));
  writer.string(encodeSignature('ssh-ed25519', new Uint8Array(64)));
  return writer.written().slice();
}

const option = (name: string) => ({ name, value: new Uint8Array(0) });

test.each(Object.keys(signatures))('%s has a row of certificates', (name) => {
  expect(certifiedName(certificateName(name))).toBe(name);
  expect(rows[certificateName(name)]?.keyType).toMatch(/-cert-v01@openssh\.com$/);
});

test.each<[string, Uint8Array]>([
  ['nothing', new Uint8Array(0)],
  ['a plain key', key.publicKey],
  ['a byte more', Uint8Array.of(...legal.blob, 0)],
  ['a byte less', legal.blob.slice(0, -1)],
  ['an authority that is a certificate', altered({ signatureKey: legal.blob })],
  ['options out of order', altered({ criticalOptions: [option('b'), option('a')] })],
  ['an option twice', altered({ criticalOptions: [option('a'), option('a')] })],
  ['extensions out of order', altered({ extensions: [option('permit-pty'), option('permit-X11-forwarding')] })],
  ['257 principals', altered({ principals: Array.from({ length: 257 }, String) })],
  ['65 options', altered({ extensions: Array.from({ length: 65 }, (_, index) => option(`${index + 100}`)) })],
])('%s is no certificate', (_what, blob) => {
  expect(decodeCertificate(blob)).toBeUndefined();
  expect(row.isUsableKey(blob)).toBe(false);
});

test('256 principals are read', () => {
  const principals = Array.from({ length: 256 }, String);
  expect(decodeCertificate(altered({ principals }))?.principals).toEqual(principals);
});

test.each([0, 3])('role %d is none', (role) => {
  const blob = legal.blob.slice();
  // The role follows the type, nonce, key and serial; strings have length prefixes.
  const offset = 4 + legal.type.length + 4 + legal.nonce.length + 4 + 32 + 8;
  expect(blob[offset + 3]).toBe(1);
  blob[offset + 3] = role;
  expect(decodeCertificate(blob)).toBeUndefined();
});

test('a signature holds where both do: that of the key, and that of the authority', async () => {
  const message = new Uint8Array(8);
  const signature = await key.sign('ssh-ed25519', message);
  expect(await row.verify(noble, legal.blob, message, signature)).toBe(true);
  expect(await row.verify(noble, legal.blob, Uint8Array.of(1), signature)).toBe(false);
  expect(await row.verify(noble, altered({}), message, signature)).toBe(false);
  expect(await row.verify(noble, altered({ principals: ['root'] }), message, signature)).toBe(false);
  const another = await authority.sign('ssh-ed25519', message);
  expect(await row.verify(noble, legal.blob, message, another)).toBe(false);
  const name = 'ecdsa-sha2-nistp256-cert-v01@openssh.com';
  expect(await rows[name]?.verify(noble, legal.blob, message, signature)).toBe(false);
});

test('an authority signs by an algorithm that is offered, and none by a browser', async () => {
  const message = new Uint8Array(8);
  const signature = await key.sign('ssh-ed25519', message);
  const { 'ssh-ed25519': sshEd25519 } = signatures;
  const few = certificateRows({ 'ssh-ed25519': { ...sshEd25519, provesHosts: false } });
  expect(await few['ssh-ed25519-cert-v01@openssh.com']?.verify(noble, legal.blob, message, signature)).toBe(false);
});
