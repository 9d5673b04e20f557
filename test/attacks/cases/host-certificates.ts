/** C02, OpenSSH's PROTOCOL.certkeys: host certificates that must not convince our client: it ends before its NEWKEYS, and names no user. */
import { formatPublicKey, type PublicKey, type Signer } from '@nacre/core';
import { HOST, type ClientCase } from '../client-case.js';
import { authority, CERTIFICATE, flag, forge, holder, option, stranger, type Content } from '../forged-certificates.js';
import { concat, str } from '../bytes.js';

const YEAR = 365n * 86_400n;
const now = (): bigint => BigInt(Math.floor(Date.now() / 1000));
const legal: Content = { role: 2, principals: [HOST], extensions: [] };
const lineOf = (marker: string, { public: key }: { readonly public: PublicKey }): string =>
  `${marker} *.example.org ${formatPublicKey(key)}\n`;
const trusted = lineOf('@cert-authority', authority);

/** A server's key with a certificate. */
async function host(content: Content, by: { sign: Signer['sign'] } = holder): Promise<Signer> {
  const publicKey = await forge({ ...legal, ...content });
  return { publicKey, algorithms: [CERTIFICATE], sign: (_algorithm, hash) => by.sign('ssh-ed25519', hash) };
}

const refused = async (name: string, content: Content, knownHosts = trusted, says = ''): Promise<ClientCase> => [
  `C02 ${name}`,
  9,
  { server: { hostKey: await host(content) }, knownHosts, error: 'HostKeyError', says: new RegExp(says) },
];

/** What fails before the verifier is asked about the key. */
const unproven = async (name: string, content: Content, by?: Signer): Promise<ClientCase> => [
  `C02 ${name}`,
  3,
  {
    server: { hostKey: await host(content, by) },
    knownHosts: trusted,
    error: 'KeyExchangeError',
  },
];

export const hostCertificateCases: readonly ClientCase[] = await Promise.all([
  refused('a certificate that has expired', { validBefore: now() - 1n }, trusted, 'the certificate has expired'),
  refused('a certificate that is not valid yet', { validAfter: now() + YEAR }),
  refused(
    'a certificate for another host',
    { principals: ['other.example.org'] },
    trusted,
    'the certificate is for others',
  ),
  refused('a certificate for hosts by a pattern', { principals: ['*', '*.example.org'] }),
  refused('a certificate for any host, by saying none', { principals: [] }),
  refused('a certificate for a user of that name', { role: 1 }),
  refused('a certificate with a critical option', { critical: [flag('no-such-option@example.org')] }),
  refused("a certificate with a user's critical option", { critical: [option('force-command', 'x')] }),
  refused('a certificate of an authority that is revoked', {}, trusted + lineOf('@revoked', authority)),
  refused('a certificate for a key that is revoked', {}, trusted + lineOf('@revoked', holder)),
  refused('a certificate of an authority that nobody trusts', { by: stranger, signatureKey: stranger.publicKey }),
  refused(
    'a certificate of an authority that is known as a host',
    {},
    lineOf('@cert-authority', stranger) + lineOf('', authority),
  ),
  unproven('a certificate that another has signed', { by: stranger }),
  unproven('a certificate without a signature', { signature: () => new Uint8Array(0) }),
  unproven('a certificate with a byte behind its signature', { signature: (signature) => concat(signature, [0]) }),
  unproven('a certificate of a certificate', { key: await forge(legal) }),
  unproven('a certificate by an authority that is a certificate', { signatureKey: await forge(legal) }),
  unproven('a certificate of another type', { type: 'ssh-rsa-cert-v01@openssh.com' }),
  unproven('a certificate that somebody shows who has not the key', {}, stranger),
  unproven(
    'a certificate, and a signature under the plain name of another algorithm',
    {},
    {
      ...holder,
      publicKey: holder.publicKey,
      algorithms: [],
      sign: async (_algorithm: string, hash: Uint8Array) =>
        concat(str('rsa-sha2-512'), (await holder.sign('ssh-ed25519', hash)).subarray(15)),
    },
  ),
]);

/** Nothing is wrong with it, and the client logs in. */
export const legalHostCertificate: ClientCase = [
  'C02 a certificate with which nothing is wrong',
  undefined,
  {
    server: { hostKey: await host({ principals: ['x', HOST], extensions: [flag('a-thing@example.org')] }) },
    knownHosts: trusted,
    sends: [5, 7, 21, 50],
    calls: ['password'],
  },
];
