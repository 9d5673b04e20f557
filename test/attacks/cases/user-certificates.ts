/** Group H, OpenSSH's PROTOCOL.certkeys: user certificates that must not let anybody in. W30 and W31, for certificates. */
import { formatPublicKey, type Hooks, type ServerOptions } from '@nacre/core';
import { certificates } from '@nacre/core/certificates';
import { expect } from 'vitest';
import { concat, mpint, str } from '../bytes.js';
import type { Case } from '../case.js';
import {
  authority,
  certified,
  CERTIFICATE,
  flag,
  forge,
  holder,
  option,
  PERMISSIONS,
  stranger,
  type Content,
} from '../forged-certificates.js';
import type { RawPeer } from '../raw-peer.js';
import { answer, request, signed, type UserKey } from '../user-keys.js';

/** Generous, in ms: the smallest computation with the largest of these keys takes seconds. */
const MAXIMUM_CPU = 1_000;
const YEAR = 365n * 86_400n;
const now = (): bigint => BigInt(Math.floor(Date.now() / 1000));
const line = `cert-authority ${formatPublicKey(authority.public)}`;

/** A server where the authority's certificates let `alice` in, and nothing else does. */
function trusting(text = line): Partial<ServerOptions> {
  const hooks: Hooks = {
    none: ({ user }) => (user === 'guest' ? { verdict: 'accept' } : undefined),
    authorizedKeys: ({ user }) => (user === 'alice' ? text : undefined),
  };
  return { certificates, hooks };
}

/** Offers a certificate, and then signs with its key: the second must be refused, and `authenticated` never be asked. */
function refused(name: string, make: () => Promise<UserKey>, text?: string): Case {
  const act = async (peer: RawPeer): Promise<void> => {
    await peer.requestService();
    const key = await make();
    const before = process.cpuUsage();
    const unsigned = await answer(peer, request(false, key));
    expect([51, 60]).toContain(unsigned[0]);
    const payload = concat(request(true, key), str(await signed(peer.transport.sessionId!, key)));
    const last = await answer(peer, payload);
    expect([last[0], last.at(-1)]).toEqual([51, 0]);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(MAXIMUM_CPU);
  };
  return [name, act, undefined, { calls: ['authorizedKeys', 'authorizedKeys'], server: trusting(text) }];
}

const withContent = (name: string, content: Content, text?: string): Case =>
  refused(`H ${name}`, () => certified(content), text);

/** A certificate whose blob is changed after signing. */
const changed = (name: string, change: (blob: Uint8Array) => Uint8Array): Case =>
  refused(`H ${name}`, async () => {
    const key = await certified();
    return { ...key, publicKey: change(key.publicKey) };
  });

/** From the end of the blob, in bytes. */
const INSIDE_SIGNATURE = 40;

export const userCertificateCases: readonly Case[] = [
  withContent('an authority that nobody trusts', { by: stranger, signatureKey: stranger.publicKey }),
  withContent('the name of the authority, and the signature of another', { by: stranger }),
  withContent('the name of another authority, and the signature of the trusted one', {
    signatureKey: stranger.publicKey,
  }),
  withContent('signed by the key that is certified', { by: holder, signatureKey: holder.publicKey }),
  withContent('no signature', { signature: () => new Uint8Array(0) }),
  withContent('a signature by another name', { signature: (legal) => concat(str('ssh-rsa'), legal.subarray(15)) }),
  withContent('a signature of zeros', { signature: () => concat(str('ssh-ed25519'), str(new Uint8Array(64))) }),
  withContent('a byte behind the signature within its blob', { signature: (legal) => concat(legal, [0]) }),
  withContent('a byte behind the certificate', { trailing: Uint8Array.of(0) }),
  changed('a bit of the signature', (blob) => flipped(blob, blob.length - INSIDE_SIGNATURE)),
  changed('a bit of the serial number', (blob) => flipped(blob, 4 + CERTIFICATE.length + 4 + 32 + 4 + 32 + 7)),
  changed('a bit of the nonce', (blob) => flipped(blob, 4 + CERTIFICATE.length + 4)),
  changed('cut short', (blob) => blob.subarray(0, -1)),
  withContent('for a host', { role: 2 }),
  withContent('for nobody that there is', { role: 3 }),
  withContent('for another user', { principals: ['bob'] }),
  withContent('for the user in other letters', { principals: ['Alice'] }),
  withContent('for all users, by a pattern', { principals: ['*', 'al*', '?????'] }),
  withContent('for all users, by saying none', { principals: [] }),
  withContent('for a name with something behind it', { principals: ['alice\0', 'alice '] }),
  withContent('for the user among 257', { principals: [...Array.from({ length: 256 }, String), 'alice'] }),
  withContent('a list of principals that is cut short', { principalBytes: concat(str('alice'), [0, 0]) }),
  withContent(
    'for one of principals= alone',
    {},
    `cert-authority,principals="bob" ${formatPublicKey(authority.public)}`,
  ),
  withContent('expired', { validBefore: now() - 1n }),
  withContent('not valid yet', { validAfter: now() + YEAR }),
  withContent('valid until before it begins', { validAfter: now() + YEAR, validBefore: now() - YEAR }),
  withContent('an unknown critical option', { critical: [flag('no-such-option@example.org')] }),
  withContent('an extension for a critical option', { critical: [flag('permit-pty')] }),
  withContent('critical options out of order', { critical: [flag('verify-required'), option('force-command', 'x')] }),
  withContent('a critical option twice', { critical: [option('force-command', 'a'), option('force-command', 'a')] }),
  withContent('extensions out of order', { extensions: PERMISSIONS.toReversed() }),
  withContent('a forced command that is no text', { critical: [['force-command', str(Uint8Array.of(0xff))]] }),
  withContent('a forced command with something behind it', { critical: [['force-command', concat(str('x'), [0])]] }),
  withContent('a source that is a pattern', { critical: [option('source-address', '*')] }),
  withContent('a source that is no network', { critical: [option('source-address', '127.0.0.1/8')] }),
  withContent('a source elsewhere', { critical: [option('source-address', '192.0.2.0/24')] }),
  withContent('a flag with a value', { extensions: [option('permit-pty', 'x')] }),
  withContent('the plain authority for a key of its user', {}, formatPublicKey(authority.public)),
  withContent('an authority of a line that has expired', {}, `expiry-time="20200101Z",${line}`),
  refused('W30 a signature by another key than the certified one', () => certified({}, stranger)),
  refused('W30 a signature under the plain name', async () => ({ ...(await certified()), algorithm: 'ssh-ed25519' })),
  refused('W30 the name of certificates with a plain key', async () => ({
    ...(await certified()),
    publicKey: holder.publicKey,
  })),
  refused('W31 the type of certificates of another key', async () => ({
    ...(await certified({ type: 'ecdsa-sha2-nistp256-cert-v01@openssh.com' })),
    algorithm: 'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  })),
  refused('W31 an authority that is a certificate', async () => certified({ signatureKey: await forge() })),
  refused('W31 a certificate of a certificate', async () => certified({ key: await forge() })),
  refused('W31 authorities that are certificates, one within the other', async () =>
    certified({ signatureKey: await nested(4000) }),
  ),
  refused('W31 200 options', () =>
    certified({ critical: Array.from({ length: 200 }, (_, index) => flag(`option-${10_000 + index}`)) }),
  ),
  refused('W31 an authority with an RSA key of 16,000 bits', () =>
    certified({
      signatureKey: concat(str('ssh-rsa'), mpint(Uint8Array.of(1, 0, 1)), mpint(new Uint8Array(2000).fill(0xff))),
    }),
  ),
];

function flipped(blob: Uint8Array, offset: number): Uint8Array {
  return blob.map((byte, index) => (index === offset ? byte ^ 1 : byte));
}

/** Certificates whose authority is a certificate, whose authority is one, and so on. */
async function nested(length: number): Promise<Uint8Array> {
  let blob = await forge();
  while (blob.length < length) blob = await forge({ signatureKey: blob });
  return blob;
}

/** Nothing is wrong with it. */
export const legalUserCertificate: Case = [
  'H a certificate with which nothing is wrong lets its holder in',
  async (peer) => {
    await peer.requestService();
    const key = await certified({ extensions: [flag('a-thing@example.org'), ...PERMISSIONS], serial: 2n ** 64n - 1n });
    expect((await answer(peer, request(false, key)))[0]).toBe(60);
    const payload = concat(request(true, key), str(await signed(peer.transport.sessionId!, key)));
    expect((await answer(peer, payload))[0]).toBe(52);
  },
  undefined,
  { calls: ['authorizedKeys', 'authorizedKeys'], server: trusting() },
];
