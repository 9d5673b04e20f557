/** ssh-keyscan, which is not strict and prefers chacha20-poly1305, gets every host key of our server: with it on offer, and without. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPublicKey } from '@nacre/core';
import { certificates, certify, formatCertificate, issueCertificate } from '@nacre/core/certificates';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KEY_TYPES, testKey } from './keys.js';
import { openssh, TARGET } from './openssh.js';
import { startOurServer, type OurServerOptions } from './our-server.js';
import { isMissing, start, tool } from './processes.js';

const it = test.skipIf(isMissing('ssh-keyscan', 'ssh-keygen', 'ssh'));
const keys = await Promise.all(KEY_TYPES.map(testKey));
/** As in a file of host keys, without the comment. */
const lineOf = (text: string): string => text.split(' ').slice(0, 2).join(' ');

async function serve(options: OurServerOptions = {}) {
  const server = await startOurServer(onTestFinished, { hostKeys: keys, ...options });
  const scan = async (...words: readonly string[]): Promise<string[]> => {
    // By itself it gives up after 5 s.
    const address = ['-T', '60', '-p', String(server.port), '127.0.0.1'];
    const { stdout } = await start(onTestFinished, 'ssh-keyscan', [...words, ...address]).finished;
    return stdout.toString().split('\n').filter(Boolean);
  };
  return { ...server, scan, host: `[127.0.0.1]:${server.port}` };
}

describe.each<[string, OurServerOptions['algorithms']]>([
  ['chacha20-poly1305 on offer', undefined],
  ['nothing but chacha20-poly1305 on offer', { ciphers: 'chacha20-poly1305@openssh.com' }],
  ['no chacha20-poly1305 on offer', { ciphers: '-chacha20-poly1305@openssh.com' }],
])('%s', (_what, algorithms) => {
  it.each(keys.map((key) => [key.public.type, key] as const))('a host key of type %s', async (_type, key) => {
    const { scan, host } = await serve({ hostKeys: [key], ...(algorithms && { algorithms }) });
    expect(await scan('-t', 'rsa,ecdsa,ed25519')).toEqual([`${host} ${lineOf(formatPublicKey(key.public))}`]);
  });
});

it('all host keys in one run, hashed, are known to ssh, which logs in by them', async () => {
  const server = await serve();
  const { folder, ssh } = await openssh(onTestFinished, server);
  const hashed = await server.scan('-H', '-t', 'rsa,ecdsa,ed25519');
  // ssh-keyscan takes one key for each type, and P-256 is its first of ECDSA.
  expect(hashed).toHaveLength(3);
  expect(hashed.every((line) => line.startsWith('|1|'))).toBe(true);
  const known = join(folder, 'scanned');
  await writeFile(known, hashed.map((line) => `${line}\n`).join(''));
  expect(await tool('ssh-keygen', '-F', server.host, '-f', known)).toContain(lineOf(formatPublicKey(keys[0]!.public)));
  const login = ssh(['-o', `UserKnownHostsFile=${known}`, TARGET, 'echo in']);
  expect((await login.finished).stdout.toString()).toBe('in\n');
});

it('the certificate of a host key', async () => {
  const key = await testKey('ssh-ed25519');
  const certificate = await issueCertificate(await testKey('ecdsa-sha2-nistp256'), {
    role: 'host',
    key: key.publicKey,
    keyId: 'a test',
    principals: ['127.0.0.1'],
    validBefore: new Date(Date.now() + 3_600_000),
  });
  const { scan } = await serve({ certificates, hostKeys: [key], certifiedHostKeys: [certify(key, certificate)] });
  // It names no host: certificates do.
  expect(await scan('-c', '-t', 'ed25519')).toEqual([lineOf(formatCertificate(certificate))]);
});
