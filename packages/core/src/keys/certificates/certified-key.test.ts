/** A key with its certificate, as given to servers and clients. */
import { expect, test } from 'vitest';
import { ConfigurationError } from '../../errors.js';
import { accept } from '../../server/verdict.js';
import { connect } from '../../client/client.js';
import { createServer } from '../../server/create-server.js';
import { memoryLinks } from '../../testing/index.js';
import { fingerprint, formatPublicKey, generateKey, parseKnownHosts } from '../index.js';
import { certificates, certify, issueCertificate } from './index.js';

const [authority, key] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519')]);
const ca = formatPublicKey(authority.public);
const content = { key: key.publicKey, keyId: 'id', validBefore: 'forever' } as const;
const hostCertificate = await issueCertificate(authority, { ...content, role: 'host', principals: ['host'] });
const userCertificate = await issueCertificate(authority, { ...content, role: 'user', principals: ['alice'] });

test('a certificate for another key is refused', () => {
  expect(() => certify(authority, hostCertificate)).toThrow(ConfigurationError);
});

test('a host certificate that no client would ever be shown is refused at the start', () => {
  const hostKeys = [certify(key, hostCertificate)];
  expect(() => createServer({ hostKeys })).toThrow('"certificates"');
  expect(() => createServer({ hostKeys, certificates })).not.toThrow();
});

/** Logs in as `alice` with the certificate; `hosts` is known_hosts. */
async function logIn(hosts: string, hostKeys = [certify(key, hostCertificate), key]) {
  const seen: (string | undefined)[] = [];
  const server = createServer({
    hostKeys,
    certificates,
    hooks: {
      authorizedKeys: () => accept,
      authenticated: ({ key: proven }) => void seen.push(proven?.certificate?.keyId, proven?.fingerprint),
    },
    session: ({ connection }) => void seen.push(connection.keyFingerprint, String(connection.certificate)),
  });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, {
    user: 'alice',
    verifyHostKey: parseKnownHosts(hosts).verify('host'),
    credentials: [{ method: 'publickey', key: certify(key, userCertificate) }],
  });
  const { hostKey } = client.negotiated!;
  await client.exec('x');
  client.close();
  return { hostKey, seen };
}

test('who trusts the authority is shown the certificate, and who knows the key the key', async () => {
  expect((await logIn(`@cert-authority host ${ca}`)).hostKey).toBe('ssh-ed25519-cert-v01@openssh.com');
  const { hostKey } = await logIn(`host ${formatPublicKey(key.public)}`);
  expect(hostKey).toBe('ssh-ed25519');
  // Without a certificate, an authority does not matter.
  expect((await logIn(`@cert-authority host ${ca}\nhost ${formatPublicKey(key.public)}`, [key])).hostKey).toBe(
    'ssh-ed25519',
  );
});

test('hooks and sessions are told of the certificate, and the fingerprint is that of the key itself', async () => {
  const { seen } = await logIn(`@cert-authority host ${ca}`);
  const shown = fingerprint(key.publicKey);
  expect(seen).toEqual(['id', shown, shown, String(userCertificate.blob)]);
});

test.each<[string, Partial<Parameters<typeof issueCertificate>[1]>]>([
  ['no principal', { principals: [] }],
  ['an empty principal', { principals: [''] }],
  ['257 principals', { principals: Array.from({ length: 257 }, String) }],
  ['an end before its beginning', { validAfter: new Date(2000), validBefore: new Date(1000) }],
  ['no date', { validBefore: new Date(Number.NaN) }],
  ['a date before 1970', { validBefore: new Date(-1000) }],
  ['no key', { key: new Uint8Array(5) }],
  ['a certificate for a key', { key: hostCertificate.blob }],
  ['a serial number of 65 bits', { serial: 2n ** 64n }],
  ['a negative serial number', { serial: -1 }],
  ['half a serial number', { serial: 1.5 }],
  ['a serial number that a double rounds', { serial: 2 ** 53 }],
  ['a permission that there is not', { role: 'user', permissions: { toString: true } as object }],
  ['a pattern of addresses', { role: 'user', sourceAddresses: ['10.*'] }],
])('nothing is issued with %s', async (_what, change) => {
  const legal = { ...content, role: 'host', principals: ['host'] } as const;
  const options = { ...legal, ...change } as Parameters<typeof issueCertificate>[1];
  await expect(issueCertificate(authority, options)).rejects.toThrow(ConfigurationError);
});

test('a serial number has up to 64 bits', async () => {
  for (const serial of [0, Number.MAX_SAFE_INTEGER, 2n ** 64n - 1n]) {
    const issued = await issueCertificate(authority, { ...content, role: 'host', principals: ['host'], serial });
    expect(issued.serial).toBe(BigInt(serial));
  }
});

test('a certified key is no authority', async () => {
  const options = { ...content, role: 'user', principals: ['a'] } as const;
  await expect(issueCertificate(certify(key, hostCertificate), options)).rejects.toThrow(ConfigurationError);
});
