/** sshd(8), AUTHORIZED_KEYS FILE FORMAT: keys and certificates against lines, and the result of both together. */
import { describe, expect, test } from 'vitest';
import { encodeStatement, type Certificate, type CertificateOption } from '../../algorithms/certificate.js';
import { encodeSignature } from '../../algorithms/signature-blob.js';
import { Writer } from '../../wire/writer.js';
import { authorizeKey, type Authorization, type KeyUse } from '../authorize.js';
import { formatPublicKey, generateKey, parseAuthorizedKeys } from '../index.js';
import { UNRESTRICTED } from '../restrictions.js';
import { authorizeCertificate } from './authorize.js';
import { issueCertificate } from './issue.js';
import { optionValue } from './user-options.js';

const [authority, user] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519')]);
const ca = formatPublicKey(authority.public);
const key = formatPublicKey(user.public);
const NOW = Date.UTC(2026, 5, 1);
const use: KeyUse = { user: 'alice', address: '192.0.2.7', now: NOW };
const NO_VALUE = new Uint8Array(0);

const legal = await issueCertificate(authority, {
  role: 'user',
  key: user.publicKey,
  keyId: 'alice',
  principals: ['alice', 'deploy'],
  validBefore: new Date(Date.UTC(2027, 0, 1)),
});

/** The certificate with a change; its signature is not checked here. */
function altered(change: Partial<Certificate>): Uint8Array {
  const writer = new Writer();
  writer.fixed(encodeStatement(legal.publicKey, legal.nonce, { ...legal, ...change }));
  writer.string(encodeSignature('ssh-ed25519', new Uint8Array(64)));
  return writer.written().slice();
}

function withOption(name: string, value?: string): Partial<Certificate> {
  return { criticalOptions: [{ name, value: value === undefined ? NO_VALUE : optionValue.encode({ value }) }] };
}

function judge(line: string, blob: Uint8Array, who: Partial<KeyUse> = {}): Authorization {
  const { keys, skipped } = parseAuthorizedKeys(line);
  expect(skipped).toEqual([]);
  const isCertificate = blob !== user.publicKey;
  return (isCertificate ? authorizeCertificate : authorizeKey)(keys, blob, { ...use, ...who });
}

describe('a key', () => {
  test.each<[string, string, Partial<KeyUse>, boolean]>([
    ['without options', key, {}, true],
    ['from= that permits', `from="192.0.2.0/24" ${key}`, {}, true],
    ['from= that does not', `from="198.51.100.0/24" ${key}`, {}, false],
    ['from= that excludes', `from="192.0.2.0/24,!192.0.2.7" ${key}`, {}, false],
    ['from= with no address that is sure', `from="*" ${key}`, { address: undefined }, false],
    ['expiry-time= to come', `expiry-time="20260602Z" ${key}`, {}, true],
    ['expiry-time= now', `expiry-time="20260601Z" ${key}`, {}, false],
    ['of an authority', `cert-authority ${key}`, {}, false],
    ['a second line that permits', `from="198.51.100.0/24" ${key}\nno-pty ${key}`, {}, true],
  ])('%s', (_what, line, who, expected) => {
    expect('terms' in judge(line, user.publicKey, who)).toBe(expected);
  });
});

describe('a certificate', () => {
  test.each<[string, string, Partial<Certificate>, Partial<KeyUse>, boolean]>([
    ['of a trusted authority', `cert-authority ${ca}`, {}, {}, true],
    ['whose authority is a key like others', ca, {}, {}, false],
    ['whose key, and not whose authority, has a line', `cert-authority ${key}\n${key}`, {}, {}, false],
    ['for a host', `cert-authority ${ca}`, { role: 'host' }, {}, false],
    ['for another user', `cert-authority ${ca}`, {}, { user: 'bob' }, false],
    ['for a user in other letters', `cert-authority ${ca}`, {}, { user: 'Alice' }, false],
    ['for users by a pattern', `cert-authority ${ca}`, { principals: ['*'] }, {}, false],
    ['for nobody in particular', `cert-authority ${ca}`, { principals: [] }, {}, false],
    ['for one of principals=', `cert-authority,principals="x,deploy" ${ca}`, {}, { user: 'bob' }, true],
    ['for the user, and none of principals=', `cert-authority,principals="x" ${ca}`, {}, {}, false],
    [
      'for an empty name, and principals= that name nobody',
      `cert-authority,principals="," ${ca}`,
      { principals: [''] },
      {},
      false,
    ],
    ['for an empty name', `cert-authority ${ca}`, { principals: [''] }, { user: '' }, false],
    ['for principals= that name nobody', `cert-authority,principals="" ${ca}`, {}, {}, false],
    ['not valid yet', `cert-authority ${ca}`, { validAfter: BigInt(NOW / 1000 + 1) }, {}, false],
    ['valid from now on', `cert-authority ${ca}`, { validAfter: BigInt(NOW / 1000) }, {}, true],
    ['expired', `cert-authority ${ca}`, { validBefore: BigInt(NOW / 1000) }, {}, false],
    ['with an unknown critical option', `cert-authority ${ca}`, withOption('x@example.org'), {}, false],
    [
      'with an unknown extension',
      `cert-authority ${ca}`,
      { extensions: [{ name: 'x@example.org', value: NO_VALUE }] },
      {},
      true,
    ],
    ['with a flag that has a value', `cert-authority ${ca}`, withOption('verify-required', 'x'), {}, false],
    ['with a command that a NUL cuts short', `cert-authority ${ca}`, withOption('force-command', 'ls\0 -l'), {}, false],
    ['with a command that has none', `cert-authority ${ca}`, withOption('force-command'), {}, false],
    ['from its source', `cert-authority ${ca}`, withOption('source-address', '192.0.2.0/24'), {}, true],
    ['from elsewhere', `cert-authority ${ca}`, withOption('source-address', '198.51.100.0/24'), {}, false],
    [
      'from who knows where',
      `cert-authority ${ca}`,
      withOption('source-address', '0.0.0.0/0'),
      { address: undefined },
      false,
    ],
    ['with a pattern for a source', `cert-authority ${ca}`, withOption('source-address', '192.0.2.*'), {}, false],
    [
      'from its source, where from= does not permit it',
      `cert-authority,from="198.51.100.0/24" ${ca}`,
      withOption('source-address', '192.0.2.0/24'),
      {},
      false,
    ],
    ['of a line that has expired', `cert-authority,expiry-time="20260101Z" ${ca}`, {}, {}, false],
    [
      'with a command, and the line with another',
      `cert-authority,command="a" ${ca}`,
      withOption('force-command', 'b'),
      {},
      false,
    ],
    [
      'with a command, and the line with the same',
      `cert-authority,command="a" ${ca}`,
      withOption('force-command', 'a'),
      {},
      true,
    ],
  ])('%s', (_what, line, change, who, expected) => {
    expect('terms' in judge(line, altered(change), who)).toBe(expected);
  });

  const pty: CertificateOption = { name: 'permit-pty', value: NO_VALUE };
  const nothing = { pty: false, portForwarding: false, agentForwarding: false, x11Forwarding: false, userRc: false };
  const untouched: CertificateOption = { name: 'no-touch-required', value: NO_VALUE };

  test.each<[string, string, Partial<Certificate>, object]>([
    ['gives what it names', 'cert-authority', {}, { restrictions: { ...UNRESTRICTED } }],
    [
      'gives nothing else',
      'cert-authority',
      { extensions: [pty] },
      { restrictions: { ...UNRESTRICTED, ...nothing, pty: true } },
    ],
    [
      'loses what the line takes',
      'cert-authority,restrict',
      { extensions: [pty] },
      { restrictions: { ...UNRESTRICTED, ...nothing } },
    ],
    [
      'has its command',
      'cert-authority',
      withOption('force-command', 'b'),
      { restrictions: { ...UNRESTRICTED, command: 'b' } },
    ],
    [
      'has the command of the line',
      'cert-authority,command="a"',
      {},
      { restrictions: { ...UNRESTRICTED, command: 'a' } },
    ],
    ['asks for a PIN', 'cert-authority', withOption('verify-required'), { withVerification: true }],
    ['is asked for a PIN', 'cert-authority,verify-required', {}, { withVerification: true }],
    [
      'does without a touch where both do',
      'cert-authority,no-touch-required',
      { extensions: [untouched] },
      { withoutTouch: true },
    ],
    ['does not where it alone does', 'cert-authority', { extensions: [untouched] }, { withoutTouch: false }],
    ['does not where the line alone does', 'cert-authority,no-touch-required', {}, { withoutTouch: false }],
  ])('%s', (_what, options, change, expected) => {
    expect(judge(`${options} ${ca}`, altered(change))).toMatchObject({ terms: expected });
  });
});
