/** PROTOCOL.sshsig and allowed_signers: round trips, limits, and what is refused; test/interop compares with ssh-keygen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../errors.js';
import { certify, issueCertificate, type UserCertificateOptions } from '../certificates/index.js';
import { generateKey } from '../portable-keys.js';
import { formatPublicKey } from '../public-key.js';
import { parseAllowedSigners } from './allowed-signers.js';
import { formatSshSignature, parseSshSignature, signMessage, verifyMessage } from './signature.js';

const made = generateKey('ssh-ed25519', { comment: 'a comment' });
const message = new TextEncoder().encode('what is signed');
const namespace = 'file';

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const byte of bytes) yield Uint8Array.of(byte);
}

test('what was signed is verified, whole or in chunks, and nothing else is', async () => {
  const key = await made;
  for (const hash of ['sha512', 'sha256'] as const) {
    const signature = parseSshSignature(
      formatSshSignature(await signMessage(key, chunks(message), { namespace, hash })),
    );
    expect(signature).toMatchObject({ publicKey: key.publicKey, namespace, hash });
    expect(await verifyMessage(signature, message, { namespace })).toBe(true);
    expect(await verifyMessage(signature, chunks(message), { namespace })).toBe(true);
    expect(await verifyMessage(signature, message.subarray(1), { namespace })).toBe(false);
    expect(await verifyMessage(signature, message, { namespace: 'git' })).toBe(false);
    const other = hash === 'sha512' ? 'sha256' : 'sha512';
    expect(await verifyMessage({ ...signature, hash: other }, message, { namespace })).toBe(false);
    expect(await verifyMessage({ ...signature, namespace: 'git' }, message, { namespace: 'git' })).toBe(false);
  }
});

test('Security: a signature with any bit changed does not hold, but for what is not covered', async () => {
  const armored = formatSshSignature(await signMessage(await made, message, { namespace }));
  const bytes = Buffer.from(armored.split('\n').slice(1, -2).join(''), 'base64');
  const reserved = bytes.indexOf('file') + 4;
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes);
    changed[index]! ^= 1 << (index % 8);
    const text = `-----BEGIN SSH SIGNATURE-----\n${changed.toString('base64')}\n-----END SSH SIGNATURE-----`;
    try {
      expect(await verifyMessage(parseSshSignature(text), message, { namespace })).toBe(false);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
    }
  }
  // OpenSSH also ignores the reserved field, so this is not a hole of ours alone.
  const withReserved = Buffer.concat([
    bytes.subarray(0, reserved),
    Buffer.from([0, 0, 0, 1, 7]),
    bytes.subarray(reserved + 4),
  ]);
  const text = `-----BEGIN SSH SIGNATURE-----\n${withReserved.toString('base64')}\n-----END SSH SIGNATURE-----`;
  expect(await verifyMessage(parseSshSignature(text), message, { namespace })).toBe(true);
});

test('a text that is cut, of another kind, or too long is refused', async () => {
  const armored = formatSshSignature(await signMessage(await made, message, { namespace }));
  for (let length = 0; length < armored.trimEnd().length; length += 1) {
    expect(() => parseSshSignature(armored.slice(0, length))).toThrow(ConfigurationError);
  }
  expect(() => parseSshSignature(` ${armored}`)).toThrow('no SSH signature');
  expect(() => parseSshSignature(armored.replace('\n', `\n${'\n'.repeat(2 ** 15)}`))).toThrow('no SSH signature');
});

test('Security: RSA over SHA-1 is neither made nor taken', async () => {
  const key = await generateKey('ssh-rsa', { bits: 2048 });
  const signature = await signMessage(key, message, { namespace });
  expect(Buffer.from(signature.signature).toString()).toContain('rsa-sha2-512');
  const legacy = { publicKey: key.publicKey, algorithms: ['ssh-rsa'], sign: () => key.sign('ssh-rsa', message) };
  await expect(signMessage(legacy, message, { namespace })).rejects.toThrow(ConfigurationError);
  const sha1 = { ...signature, signature: await key.sign('ssh-rsa', message) };
  expect(await verifyMessage(sha1, message, { namespace })).toBe(false);
});

test('a namespace is not empty', async () => {
  await expect(signMessage(await made, message, { namespace: '' })).rejects.toThrow('namespace');
});

describe('allowed_signers', () => {
  const line = made.then((key) => formatPublicKey({ ...key.public, comment: '' }));
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);

  test('holds a signature against principal, purpose and time', async () => {
    const key = await made;
    const signers = parseAllowedSigners(
      `# a comment\n\nann@example.org,!bob@* namespaces="file,git*",valid-after="20260102030405Z",valid-before="20260103Z" ${await line}\n`,
    );
    expect(signers.skipped).toEqual([]);
    const signature = await signMessage(key, message, { namespace });
    const use = { principal: 'ann@example.org', namespace, now };
    expect(await signers.verify(signature, message, use)).toBe(true);
    expect(await signers.verify(signature, message.subarray(1), use)).toBe(false);
    expect(await signers.verify(signature, message, { ...use, principal: 'bob@example.org' })).toBe(false);
    expect(await signers.verify(signature, message, { ...use, namespace: 'git' })).toBe(false);
    expect(await signers.verify(signature, message, { ...use, now: now - 1000 })).toBe(false);
    expect(signers.allows(key.publicKey, { ...use, now: Date.UTC(2026, 0, 3) })).toBe(true);
    expect(signers.allows(key.publicKey, { ...use, now: Date.UTC(2026, 0, 3) + 1 })).toBe(false);
    expect(signers.allows(key.publicKey, { ...use, namespace: 'git-tag' })).toBe(true);
    expect(signers.allows(key.publicKey, { ...use, namespace: 'mail' })).toBe(false);
    expect(signers.principalsOf(key.publicKey, now)).toEqual(['ann@example.org', '!bob@*']);
    expect(signers.principalsOf(key.publicKey, 0)).toEqual([]);
    const other = await generateKey('ssh-ed25519');
    expect(await signers.verify(await signMessage(other, message, { namespace }), message, use)).toBe(false);
  });

  test.each([
    ['ann', 'a line is `principals options type base64`'],
    ['ann ', 'a line is'],
    ['"" KEY', 'a line is'],
    ['"ann KEY', 'a line is'],
    ['ann cert-authority KEY', undefined],
    ['ann cert-authority="x" KEY', 'malformed'],
    ['ann mystery KEY', 'is not supported'],
    ['ann namespaces=file KEY', 'malformed'],
    ['ann namespaces="file" KEY extra', undefined],
    ['ann namespaces="a",namespaces="b" KEY', 'doubled'],
    ['ann valid-after="20260101",valid-after="20250101" KEY', 'doubled'],
    ['ann valid-before="20260101",valid-before="20270101" KEY', 'doubled'],
    ['ann namespaces="a KEY', 'a quote is not closed'],
    ['ann valid-after="20260231" KEY', 'malformed'],
    ['ann valid-after="20260201",valid-before="20260101" KEY', 'valid-before is before'],
    ['ann ssh-mystery AAAA', 'not supported'],
    ['ann ssh-ed25519 AAAA', 'not a usable'],
  ])('%s', async (text, reason) => {
    const { signers, skipped } = parseAllowedSigners(text.replace('KEY', await line));
    expect(signers.length).toBe(reason === undefined ? 1 : 0);
    if (reason !== undefined) expect(skipped).toEqual([{ line: 1, reason: expect.stringContaining(reason) as string }]);
  });

  test('holds a certificate against its authority, its principals, its time and its options', async () => {
    const authority = await generateKey('ssh-ed25519');
    const key = await made;
    const signers = parseAllowedSigners(`*@example.org cert-authority ${formatPublicKey(authority.public)}`);
    const options: UserCertificateOptions = {
      role: 'user',
      key: key.publicKey,
      keyId: 'x',
      principals: ['ann@example.org', 'bob'],
      validAfter: new Date(now),
      validBefore: new Date(now + 60_000),
    };
    const signWith = async (more: { readonly forceCommand?: string } = {}) =>
      signMessage(certify(key, await issueCertificate(authority, { ...options, ...more })), message, { namespace });
    const signature = parseSshSignature(formatSshSignature(await signWith()));
    const use = { principal: 'ann@example.org', namespace, now };
    expect(await signers.verify(signature, message, use)).toBe(true);
    expect(await signers.verify(signature, message.subarray(1), use)).toBe(false);
    expect(await signers.verify(signature, message, { ...use, principal: 'bob' })).toBe(false);
    expect(await signers.verify(signature, message, { ...use, principal: 'eve@example.org' })).toBe(false);
    expect(await signers.verify(signature, message, { ...use, now: now - 1000 })).toBe(false);
    expect(await signers.verify(signature, message, { ...use, now: now + 60_000 })).toBe(false);
    expect(signers.principalsOf(signature.publicKey, now)).toEqual(['ann@example.org']);
    expect(signers.allows(key.publicKey, use)).toBe(false);
    expect(signers.allows(authority.publicKey, use)).toBe(false);
    expect(await signers.verify(await signWith({ forceCommand: 'true' }), message, use)).toBe(false);
    // Names its authority, but is not signed by it.
    const forged = Buffer.from(signature.publicKey);
    forged[forged.length - 1]! ^= 1;
    expect(await signers.verify({ ...signature, publicKey: forged }, message, use)).toBe(false);
  });

  test('never throws, and has no more to say than there are lines', async () => {
    const key = await line;
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('ann', 'namespaces="a"', key, '"', ',', 'valid-after="2026"', '\n'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const text = words.join(' ');
        const { signers, skipped } = parseAllowedSigners(text);
        expect(signers.length + skipped.length).toBeLessThanOrEqual(text.split('\n').length);
      }),
    );
  });
});
