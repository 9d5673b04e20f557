/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: `@cert-authority`, and what a host's certificate must contain. */
import { describe, expect, test } from 'vitest';
import type { Certificate } from '../../algorithms/certificate.js';
import { HostKeyError } from '../../errors.js';
import { formatPublicKey, generateKey, parseKnownHosts } from '../index.js';
import { encodeStatement } from '../../algorithms/certificate.js';
import { encodeSignature } from '../../algorithms/signature-blob.js';
import { Writer } from '../../wire/writer.js';
import { issueCertificate } from './issue.js';

const [authority, stranger, host] = await Promise.all([
  generateKey('ssh-ed25519'),
  generateKey('ssh-ed25519'),
  generateKey('ssh-ed25519'),
]);
const ca = formatPublicKey(authority.public);
const key = formatPublicKey(host.public);
const NOW = Date.UTC(2026, 5, 1);
const legal = {
  role: 'host',
  key: host.publicKey,
  keyId: 'host',
  principals: ['a.example.org', 'b.example.org'],
  validAfter: new Date(Date.UTC(2026, 0, 1)),
  validBefore: new Date(Date.UTC(2027, 0, 1)),
} as const;

/** The certificate with a change that the issuer would refuse; its signature is not checked here. */
function altered(certificate: Certificate, change: Partial<Certificate>): Uint8Array {
  const writer = new Writer();
  writer.fixed(encodeStatement(certificate.publicKey, certificate.nonce, { ...certificate, ...change }));
  writer.string(encodeSignature('ssh-ed25519', new Uint8Array(64)));
  return writer.written().slice();
}

const certificate = await issueCertificate(authority, legal);
const judge = (text: string, blob = certificate.blob, name = 'a.example.org', now = NOW, port = 22): string =>
  parseKnownHosts(text).verify(name, port, () => now)({ blob });

describe('a certificate of an authority that is trusted for the host', () => {
  test.each([
    ['*', 'a.example.org', 22],
    ['*.example.org', 'b.example.org', 22],
    ['*.example.org', 'A.Example.org', 2222],
    ['[a.example.org]:2222', 'a.example.org', 2222],
  ])('%s: %s port %d is trusted', (hosts, name, port) => {
    expect(judge(`@cert-authority ${hosts} ${ca}`, certificate.blob, name, NOW, port)).toBe('trusted');
    expect(parseKnownHosts(`@cert-authority ${hosts} ${ca}`).verify(name, port).takesCertificates).toBe(true);
  });

  test('from the first second of its time on, and no longer than to the last', () => {
    const line = `@cert-authority * ${ca}`;
    const [from, until] = [legal.validAfter.getTime(), legal.validBefore.getTime()];
    expect(judge(line, certificate.blob, 'a.example.org', from)).toBe('trusted');
    expect(judge(line, certificate.blob, 'a.example.org', until - 1)).toBe('trusted');
    for (const now of [from - 1, until])
      expect(() => judge(line, certificate.blob, 'a.example.org', now)).toThrow(HostKeyError);
  });

  test.each<[string, Partial<Certificate>]>([
    ['for a user', { role: 'user' }],
    ['for other hosts', { principals: ['c.example.org'] }],
    ['for hosts by a pattern', { principals: ['*.example.org', '*'] }],
    ['for nobody in particular', { principals: [] }],
    ['with a critical option', { criticalOptions: [{ name: 'x', value: new Uint8Array(0) }] }],
    ["with a user's critical option", { criticalOptions: [{ name: 'verify-required', value: new Uint8Array(0) }] }],
  ])('%s is refused', (_what, change) => {
    expect(() => judge(`@cert-authority * ${ca}`, altered(certificate, change))).toThrow(HostKeyError);
    // Even if the key itself is known, what the authority says must be true.
    expect(() => judge(`a.example.org ${key}\n@cert-authority * ${ca}`, altered(certificate, change))).toThrow(
      HostKeyError,
    );
  });

  test('whatever is revoked beats it: the authority, the key', () => {
    const line = `@cert-authority * ${ca}`;
    for (const revoked of [ca, key]) expect(judge(`${line}\n@revoked * ${revoked}`)).toBe('revoked');
    expect(judge(`${line}\n@revoked other ${ca}`)).toBe('trusted');
    // On every port, as what it beats: a pattern for the host alone matches no name with a port.
    const every = `@cert-authority *.example.org ${ca}`;
    for (const revoked of [ca, key])
      for (const port of [22, 2222])
        expect(judge(`${every}\n@revoked a.example.org ${revoked}`, certificate.blob, 'a.example.org', NOW, port)).toBe(
          'revoked',
        );
    expect(judge(`${every}\n@revoked b.example.org ${ca}`, certificate.blob, 'a.example.org', NOW, 2222)).toBe(
      'trusted',
    );
  });
});

test('another authority, or one for other hosts, says nothing: the key is judged as any other', () => {
  const others = `@cert-authority * ${formatPublicKey(stranger.public)}\n@cert-authority other ${ca}\n`;
  expect(judge(others)).toBe('unknown');
  expect(judge(`${others}a.example.org ${key}`)).toBe('trusted');
  expect(judge(`${others}a.example.org ${ca}`)).toBe('changed');
});

test('an authority is not itself a host, and a plain key is not a certificate', () => {
  const text = `@cert-authority * ${ca}`;
  expect(judge(text, authority.publicKey)).toBe('unknown');
  expect(judge(text, host.publicKey)).toBe('unknown');
  expect(parseKnownHosts(`a ${key}`).verify('a').takesCertificates).toBe(false);
});
