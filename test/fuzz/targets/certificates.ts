/** Certificates as blobs and lines, what authorized_keys and known_hosts say about them, and revocation lists. */
import {
  decodeCertificate,
  encodeStatement,
  isSignedByAuthority,
  type Certificate,
} from '../../../packages/core/src/algorithms/certificate.js';
import { signatures } from '../../../packages/core/src/algorithms/table.js';
import { encodeBase64 } from '../../../packages/core/src/crypto/base64.js';
import { noble } from '../../../packages/core/src/crypto/noble.js';
import {
  certificates,
  formatCertificate,
  issueCertificate,
  parseCertificate,
  parseKrl,
  parseRevocationList,
} from '../../../packages/core/src/keys/certificates/index.js';
import {
  formatPublicKey,
  generateKey,
  parseAuthorizedKeys,
  parseKnownHosts,
  type PrivateKey,
} from '../../../packages/core/src/keys/index.js';
import { isNetworkList, isPermittedSource } from '../../../packages/core/src/keys/source-address.js';
import { concatenate, equal, string } from '../bytes.js';
import { bytesShape } from '../shapes.js';
import { attempt, Finding, type Target } from '../target.js';
import { mutateStrings } from './keys.js';

const MOST_PRINCIPALS = 256;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const use = { user: 'alice', address: '192.0.2.7', now: Date.UTC(2026, 5, 1) };

interface Made {
  readonly authority: PrivateKey;
  readonly issued: readonly Certificate[];
}

/** Fresh keys in each run: no key is kept. */
let made: Promise<Made> | undefined;
function make(): Promise<Made> {
  made ??= (async () => {
    const authority = await generateKey('ssh-ed25519');
    const key = await generateKey('ecdsa-sha2-nistp256');
    const content = { principals: ['alice', 'example.org'], keyId: 'fuzz', validBefore: 'forever' } as const;
    const restricted = { forceCommand: 'x', sourceAddresses: ['192.0.2.0/24', '::1'], verifyRequired: true };
    const issued = [
      await issueCertificate(authority, { ...content, ...restricted, role: 'user', key: authority.publicKey }),
      await issueCertificate(authority, { ...content, role: 'host', key: key.publicKey, serial: 7 }),
    ];
    return { authority, issued };
  })();
  return made;
}

async function checkBlob(blob: Uint8Array): Promise<void> {
  const certificate = decodeCertificate(blob);
  if (certificate === undefined) return;
  const { authority, issued } = await make();
  if (certificate.principals.length > MOST_PRINCIPALS) throw new Finding('certificate', 'too many principals');
  const isSigned = await isSignedByAuthority(noble, certificate, signatures);
  const isOurs = equal(certificate.signatureKey, authority.publicKey);
  if (isSigned && isOurs && !issued.some(({ signed }) => equal(signed, certificate.signed)))
    throw new Finding('forged certificate', encodeBase64(blob));
  const statement = encodeStatement(certificate.publicKey, certificate.nonce, certificate);
  // The reserved field is not kept.
  if (statement.length === certificate.signed.length && !equal(statement, certificate.signed))
    throw new Finding('certificate round trip', encodeBase64(blob));
  const line = `cert-authority ${formatPublicKey(authority.public)}`;
  attempt('authorize', () => certificates.authorize(parseAuthorizedKeys(line).keys, blob, use));
  const hosts = parseKnownHosts(`@cert-authority * ${formatPublicKey(authority.public)}\n`);
  attempt('known_hosts', () => hosts.verify('example.org', 22, () => use.now)({ blob }));
  attempt('a list', () => parseRevocationList('serial: 7', { authority: 'any' }).isRevoked(blob));
}

function checkLine(line: string): void {
  const certificate = attempt('parseCertificate', () => parseCertificate(line));
  if (certificate === undefined) return;
  if (!equal(parseCertificate(formatCertificate(certificate)).blob, certificate.blob))
    throw new Finding('certificate line', JSON.stringify(line));
}

async function checkList(list: (() => { isRevoked(key: Uint8Array): boolean }) | undefined): Promise<void> {
  const parsed = list && attempt('a revocation list', list);
  const { issued } = await make();
  for (const { blob } of issued) attempt('isRevoked', () => parsed?.isRevoked(blob));
}

function checkSources(list: string): void {
  attempt('isNetworkList', () => isNetworkList(list));
  for (const address of [use.address, '2001:db8::7', list])
    attempt('isPermittedSource', () => isPermittedSource(list, address));
}

/** The first byte says what the rest is. */
const forms: readonly ((body: Uint8Array) => void | Promise<void>)[] = [
  checkBlob,
  (body) => checkLine(text(body)),
  (body) => checkList(() => parseRevocationList(text(body), { authority: 'any' })),
  (body) => checkList(() => parseKrl(body)),
  (body) => checkSources(text(body)),
];

/** What `ssh-keygen -k` writes for the same, by hand: a header, and a section of each kind. */
function krl(authority: Uint8Array): Uint8Array {
  const numbers = (...values: readonly number[]): Uint8Array =>
    concatenate(...values.map((value) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, value)));
  const section = (type: number, content: Uint8Array): Uint8Array => concatenate(Uint8Array.of(type), string(content));
  const bits = concatenate(numbers(3), string(Uint8Array.of(0x55)));
  const certified = concatenate(
    concatenate(string(authority), string(new Uint8Array(0))),
    concatenate(section(0x20, numbers(5, 7)), section(0x21, numbers(9, 12))),
    concatenate(section(0x22, bits), section(0x23, string(Buffer.from('mallory')))),
  );
  const head = concatenate(Buffer.from('SSHKRL\n\0'), Uint8Array.of(0, 0, 0, 1), numbers(1, 1, 0));
  return concatenate(
    concatenate(head, string(new Uint8Array(0)), string(Buffer.from('a comment'))),
    concatenate(section(1, certified), section(2, string(authority)), section(5, string(new Uint8Array(32)))),
  );
}

async function seeds(): Promise<readonly Uint8Array[]> {
  const { authority, issued } = await make();
  const [user, host] = issued;
  const bodies: readonly (readonly [number, Uint8Array | string])[] = [
    [0, user!.blob],
    [0, host!.blob],
    [1, `${formatCertificate(user!)} a comment`],
    [2, `# c\n${formatPublicKey(authority.public)}\n`],
    [
      2,
      `serial: 5\nserial: 0x7-9\nid: mallory\nhash: SHA256:${'A'.repeat(43)}\nsha256: ${formatPublicKey(authority.public)}`,
    ],
    [3, krl(authority.publicKey)],
    [4, '192.0.2.0/24,!192.0.2.7,2001:db8::/32,*.example.org,::ffff:10.0.0.0/104,10.1.*'],
  ];
  return bodies.map(([form, body]) => concatenate(Uint8Array.of(form), Buffer.from(body)));
}

export const certificateTarget: Target = {
  name: 'certificates',
  shape: { ...bytesShape, mutate: mutateStrings(1) },
  seeds,
  run: (input) => forms[(input[0] ?? 0) % forms.length]!(input.subarray(1)),
};
