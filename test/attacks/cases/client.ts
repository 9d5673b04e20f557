/** Group N, RFC 4253 §8, RFC 8308 §2.4: a hostile server before the client has logged in, and in a rekey. C01-C04. */
import { createHash, createPrivateKey, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import { generateKey, type Signer } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { bytes, concat, mpint, readStrings, str, uint32 } from '../bytes.js';
import { HOST, hostKey, hostLine, type ClientCase, type ClientCaseOptions } from '../client-case.js';
import type { RawServer } from '../raw-server.js';
import type { Reply } from '../raw-transport.js';

const other: Signer = await generateKey('ssh-ed25519', { crypto: nodeCrypto });

/** A verifier that does not say yes: DISCONNECT 9, and the client has sent nothing but its half of the exchange. */
const verifier = (name: string, verifyHostKey: () => unknown): ClientCase => [
  `C01 a verifier that ${name}`,
  9,
  { client: { verifyHostKey: verifyHostKey as () => boolean }, error: 'HostKeyError', isOurs: true },
];

/** A reply that does not verify. */
const badReply = (
  name: string,
  change: (legal: Reply) => Promise<Partial<Reply>> | Partial<Reply>,
  options: ClientCaseOptions = {},
): ClientCase => [
  `C02 ${name}`,
  3,
  {
    error: 'KeyExchangeError',
    ...options,
    act: (server) => {
      server.transport.reply = async (legal) => ({ ...legal, ...(await change(legal)) });
      server.flush();
    },
  },
];

/** The bytes within a signature blob. */
const inner = (signature: Uint8Array): Uint8Array => readStrings(signature, 2)[1]!;
const ed25519 = (signature: Uint8Array): Uint8Array => concat(str('ssh-ed25519'), str(signature));
const point = (share: string): Uint8Array => Uint8Array.from(Buffer.from(share, 'hex'));

// Encoded by the call that makes them: Node 20 may hang when it exports a key that it has just made.
const encoded = generateKeyPairSync('rsa', {
  modulusLength: 3072,
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  publicKeyEncoding: { format: 'pem', type: 'spki' },
});
const rsa = { privateKey: createPrivateKey(encoded.privateKey), publicKey: createPublicKey(encoded.publicKey) };
const rsaKey: Signer = rsaSigner();

/** An RSA key that signs with SHA-1 when asked for anything else. */
function rsaSigner(): Signer {
  const { n, e } = rsa.publicKey.export({ format: 'jwk' });
  const number = (text: string | undefined): Uint8Array => mpint(Uint8Array.from(Buffer.from(text!, 'base64url')));
  return {
    publicKey: concat(str('ssh-rsa'), number(e), number(n)),
    algorithms: ['rsa-sha2-512', 'rsa-sha2-256'],
    sign: (algorithm, hash) =>
      concat(str(algorithm), str(Uint8Array.from(createSign('sha512').update(hash).sign(rsa.privateKey)))),
  };
}

const sha1 = (hash: Uint8Array): Uint8Array => Uint8Array.from(createSign('sha1').update(hash).sign(rsa.privateKey));

/** SSH_MSG_EXT_INFO with one extension. */
const extInfo = (name: string, value: Uint8Array): Uint8Array => concat([7], uint32(1), str(name), str(value));

/** Sends something as the first message under the keys. */
const underKeys = (name: string, payload: Uint8Array, options: ClientCaseOptions = {}): ClientCase => [
  `C04 ${name}`,
  2,
  {
    error: 'ProtocolError',
    sends: [5, 7, 21],
    server: { ignores: [5, 50] },
    ...options,
    act: async (server) => {
      server.flush();
      await server.until(() => server.transport.exchanges === 1, 'the exchange');
      server.send(payload);
    },
  },
];

/** Sends something in plaintext after the reply, before NEWKEYS. */
const beforeNewkeys = (name: string, payload: Uint8Array): ClientCase => [
  `C04 ${name} before NEWKEYS`,
  2,
  {
    error: 'ProtocolError',
    server: { stop: { before: 31, exchange: 0 } },
    sends: [7, 21],
    act: async (server) => {
      server.flush();
      await server.until(() => server.transport.legalReply !== undefined, 'INIT');
      server.send(server.transport.legalReply!);
      server.send(payload);
    },
  },
];

const LOGIN = { sends: [5, 7, 21, 50, 90, 94, 98], calls: ['password'] };

async function rekeyWith(server: RawServer, signer: Signer): Promise<void> {
  server.flush();
  await server.until(() => server.numbers.includes(50), 'a login');
  server.transport.hostKey = signer;
  server.transport.rekey();
  server.flush();
}

/** A server that `knownHosts` does not name, or names with another key. */
const stranger = (name: string, knownHosts: string): ClientCase => [
  `C01 ${name}`,
  9,
  { knownHosts, error: 'HostKeyError' },
];

export const strangerCases: readonly ClientCase[] = [
  stranger('a host that nobody knows', ''),
  stranger('the key of a host of another name', hostLine('other.example.org', hostKey)),
  stranger('a host whose key has changed', hostLine(HOST, other)),
  stranger('a host whose key is revoked', hostLine('@revoked *', hostKey) + hostLine(HOST, hostKey)),
];

export const verifierCases: readonly ClientCase[] = [
  verifier('throws', () => {
    throw new Error('no');
  }),
  verifier('rejects', () => Promise.reject(new Error('no'))),
  verifier('returns undefined', () => undefined),
  verifier('settles with undefined', () => Promise.resolve(undefined)),
  verifier('returns false', () => false),
  verifier('returns 1', () => 1),
  verifier("returns 'changed'", () => 'changed'),
  verifier("returns 'unknown'", () => 'unknown'),
  [
    'C01 a verifier that never settles is ended by the timeout',
    11,
    {
      client: { verifyHostKey: () => new Promise<boolean>(() => undefined) },
      error: 'TimeoutError',
      isOurs: true,
      act: async (server, { clock, calls }) => {
        server.flush();
        await server.until(() => calls.includes('verify'), 'the verifier');
        clock.advance(9_999);
        await server.until(() => server.end === undefined, 'patience');
        clock.advance(1);
      },
    },
  ],
];

export const replyCases: readonly ClientCase[] = [
  badReply("a valid signature by another key than the host's", async ({ hash }) => ({
    signature: await other.sign('ssh-ed25519', hash),
  })),
  badReply('a signature over another hash', async () => ({
    signature: await hostKey.sign('ssh-ed25519', new Uint8Array(32)),
  })),
  badReply('a signature over the hash of the hash', async ({ hash }) => ({
    signature: await hostKey.sign('ssh-ed25519', createHash('sha256').update(hash).digest()),
  })),
  badReply('an empty signature field', () => ({ signature: new Uint8Array(0) })),
  badReply('an empty signature', () => ({ signature: ed25519(new Uint8Array(0)) })),
  badReply('64 zero bytes', () => ({ signature: ed25519(new Uint8Array(64)) })),
  badReply('63 bytes', ({ signature }) => ({ signature: ed25519(inner(signature).subarray(1)) })),
  badReply('65 bytes', ({ signature }) => ({ signature: ed25519(concat(inner(signature), [0])) })),
  badReply('a byte after the signature', ({ signature }) => ({ signature: concat(signature, [0]) })),
  badReply('the name of another algorithm', ({ signature }) => ({
    signature: concat(str('ssh-rsa'), str(inner(signature))),
  })),
  badReply('SHA-1 under its own name', ({ hash }) => ({ signature: concat(str('ssh-rsa'), str(sha1(hash))) }), {
    server: { hostKey: rsaKey },
  }),
  badReply(
    'SHA-1 under the name of SHA-2',
    ({ hash }) => ({ signature: concat(str('rsa-sha2-512'), str(sha1(hash))) }),
    {
      server: { hostKey: rsaKey },
    },
  ),
  badReply(
    'rsa-sha2-256 where rsa-sha2-512 was negotiated',
    async ({ hash }) => ({
      signature: concat(str('rsa-sha2-256'), str(createSign('sha256').update(hash).sign(rsa.privateKey))),
    }),
    { server: { hostKey: rsaKey } },
  ),
  badReply('another host key with its own signature over this hash', async ({ hash }) => ({
    hostKey: other.publicKey,
    signature: await other.sign('ssh-ed25519', hash),
  })),
  badReply('no host key', () => ({ hostKey: new Uint8Array(0) })),
  badReply('a host key of another type than was negotiated', () => ({ hostKey: rsaKey.publicKey })),
  badReply('a host key with a byte more', ({ hostKey: blob }) => ({ hostKey: concat(blob, [0]) })),
  badReply('a host key of 31 bytes', ({ hostKey: blob }) => ({
    hostKey: concat(str('ssh-ed25519'), str(readStrings(blob, 2)[1]!.subarray(1))),
  })),
  badReply('a host key of small order', () => ({
    hostKey: concat(str('ssh-ed25519'), str(point(`01${'00'.repeat(31)}`))),
    signature: ed25519(concat(point(`01${'00'.repeat(31)}`), new Uint8Array(32))),
  })),
  ...['00'.repeat(32), `01${'00'.repeat(31)}`, `ed${'ff'.repeat(30)}7f`].map((share) =>
    badReply(`a share of low order, ${share.slice(0, 2)}`, () => ({ share: point(share) }), { says: /a share/ }),
  ),
  ...[0, 31, 33].map((length) =>
    badReply(`a share of ${length} bytes`, () => ({ share: new Uint8Array(length).fill(9) }), { says: /a share has/ }),
  ),
];

export const rekeyClientCases: readonly ClientCase[] = [
  [
    'C03 a rekey with another host key of the same type',
    9,
    { ...LOGIN, error: 'HostKeyError', act: (server) => rekeyWith(server, other) },
  ],
  [
    'C03 a rekey with a host key of another type',
    9,
    { ...LOGIN, error: 'HostKeyError', act: (server) => rekeyWith(server, rsaKey) },
  ],
  [
    'C03 a rekey with the same host key and a signature by another',
    3,
    {
      ...LOGIN,
      error: 'KeyExchangeError',
      act: async (server) => {
        const liar: Signer = { ...hostKey, sign: (name, hash) => other.sign(name, hash) };
        await rekeyWith(server, liar);
      },
    },
  ],
  [
    'C03 a rekey with the same host key is legal',
    undefined,
    {
      ...LOGIN,
      act: async (server) => {
        await rekeyWith(server, hostKey);
        await server.until(() => server.transport.exchanges === 2, 'the rekey');
      },
    },
  ],
];

const CHACHA20 = 'chacha20-poly1305@openssh.com';

export const prefixCases: readonly ClientCase[] = [
  [
    'W13 chacha20 with a server that is not strict',
    3,
    {
      server: { strict: false, cipher: CHACHA20 },
      error: 'KeyExchangeError',
      says: /choose aes128-gcm@openssh\.com or aes128-ctr/,
    },
  ],
  [
    'W13 chacha20 with a server that is not strict and calls itself ssh-keyscan: its host key is not even looked at',
    3,
    {
      server: { strict: false, cipher: CHACHA20, identification: 'SSH-2.0-OpenSSH-keyscan' },
      client: { verifyHostKey: () => false },
      error: 'KeyExchangeError',
    },
  ],
  [
    'W13 chacha20 with a server that is not strict, where that is allowed',
    undefined,
    { ...LOGIN, server: { strict: false, cipher: CHACHA20 }, client: { allowPrefixTruncation: true }, isOurs: true },
  ],
  [
    'W13 aes128-gcm@openssh.com with a server that is not strict is legal',
    undefined,
    { ...LOGIN, server: { strict: false, cipher: 'aes128-gcm@openssh.com' } },
  ],
  ['W12 numbers that go on after NEWKEYS', 5, { error: 'MacError', sends: [5, 7, 21], server: { countsOn: true } }],
];

export const extInfoCases: readonly ClientCase[] = [
  underKeys('EXT_INFO that claims 2^32-1 extensions', concat([7], uint32(0xffffffff))),
  [
    'C04 server-sig-algs of 100,000 names are more than a packet may hold',
    5,
    {
      error: 'MacError',
      sends: [5, 7, 21],
      server: { ignores: [5, 50] },
      // Each implementation decides how large a packet may be.
      isOurs: true,
      act: async (server) => {
        server.flush();
        await server.until(() => server.transport.exchanges === 1, 'the exchange');
        server.raw(server.seal(extInfo('server-sig-algs', bytes('a,'.repeat(99_999) + 'a'))).subarray(0, 16));
      },
    },
  ],
  beforeNewkeys('EXT_INFO', concat([7], uint32(0))),
  beforeNewkeys('SERVICE_ACCEPT', concat([6], str('ssh-userauth'))),
  beforeNewkeys('success', Uint8Array.of(52)),
  beforeNewkeys('IGNORE', concat([2], str('x'))),
  [
    'C04 EXT_INFO three times',
    2,
    {
      error: 'ProtocolError',
      sends: [5, 7, 21],
      server: { ignores: [5, 50] },
      act: async (server) => {
        server.flush();
        await server.until(() => server.transport.exchanges === 1, 'the exchange');
        for (let count = 0; count < 3; count += 1) server.send([7], uint32(0));
      },
    },
  ],
  underKeys('server-sig-algs of 17,000 names', extInfo('server-sig-algs', bytes('a,'.repeat(16_999) + 'a'))),
  underKeys('server-sig-algs with a name of 1,000 bytes', extInfo('server-sig-algs', new Uint8Array(1000).fill(97))),
  underKeys('server-sig-algs with an empty name', extInfo('server-sig-algs', bytes('ssh-ed25519,,a'))),
  underKeys('server-sig-algs that are no text', extInfo('server-sig-algs', Uint8Array.of(0xff, 0xfe))),
];

/** What a server says when it ends a connection goes to a log or a terminal. */
export const lastWordsCases: readonly ClientCase[] = [
  ['for a terminal', 'b\x1b]0;x\x07\r\nc\u009b2J', /^b \]0;x {3}c 2J$/],
  ['of 30,000 bytes', 'b'.repeat(30_000), /^b{256}$/],
].map(([what, description, says]): ClientCase => [
  `DISCONNECT with text ${what as string}`,
  'closed',
  {
    error: 'DisconnectedError',
    says: says as RegExp,
    act: (server) => server.send([1], uint32(11), str(description as string), str('')),
  },
]);
