/** `@nacre/core/custom`: two ends with few parts, and what does not compile. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { noble } from './crypto/noble.js';
import { aesGcm as nobleAesGcm } from './crypto/noble/aes.js';
import { ed25519, x25519 } from './crypto/noble/curve25519.js';
import { hash } from './crypto/noble/hashes.js';
import {
  aesGcm,
  chacha20Poly1305,
  connect,
  createServer,
  curve25519Sha256,
  mlkem768x25519Sha256,
  parsePrivateKey,
  randomBytes,
  sshEd25519,
  type Parts,
} from './custom.js';
import { ConfigurationError } from './errors.js';
import { accept } from './server/verdict.js';
import { formatPrivateKey, formatPublicKey, generateKey } from './keys/index.js';
import { memoryLinks } from './testing/index.js';

const crypto = { name: 'small', random: randomBytes, hash, aesGcm: nobleAesGcm, x25519, ed25519 };
const algorithms = {
  keyExchanges: { 'curve25519-sha256': curve25519Sha256 },
  signatures: { 'ssh-ed25519': sshEd25519 },
  ciphers: { 'aes256-gcm@openssh.com': aesGcm(32) },
};

test('a server and a client of Ed25519, X25519 and AES-GCM, who know each other’s keys', async () => {
  const file = formatPrivateKey(await generateKey('ssh-ed25519', { crypto: noble }));
  const key = parsePrivateKey(file, { crypto });
  const server = createServer({
    crypto,
    algorithms,
    hostKeys: [key],
    hooks: { authorizedKeys: () => formatPublicKey(key.public) },
    session: async (session) => {
      await session.print('small\n');
      return 0;
    },
  });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, {
    crypto,
    algorithms,
    user: 'test',
    verifyHostKey: () => true,
    credentials: [{ method: 'publickey', key }],
  });
  expect(new TextDecoder().decode((await client.exec('say')).stdout)).toBe('small\n');
  expect(client.negotiated).toEqual({
    keyExchange: 'curve25519-sha256',
    hostKey: 'ssh-ed25519',
    clientToServer: { cipher: 'aes256-gcm@openssh.com', mac: undefined, compression: 'none' },
    serverToClient: { cipher: 'aes256-gcm@openssh.com', mac: undefined, compression: 'none' },
  });
  client.close();
});

test('the host key of a server without one is made with what it was given', async () => {
  const server = createServer({ crypto, algorithms, hooks: { none: () => accept } });
  expect((await server.hostKeys()).map(({ algorithms: names }) => names)).toEqual([['ssh-ed25519']]);
});

test('a verifier is required here too, and options are checked', async () => {
  const [near] = memoryLinks();
  // @ts-expect-error: there is no silent accept
  await expect(connect(near, { crypto, algorithms, user: 'test' })).rejects.toThrow(/verifyHostKey is required/);
  // @ts-expect-error: no such option
  expect(() => createServer({ crypto, algorithms, hostKey: [] })).toThrow(ConfigurationError);
});

describe('types', () => {
  type Own = Parts<'name' | 'random' | 'hash' | 'aesGcm' | 'x25519' | 'ed25519'>;

  test('rows take no more than the provider has', () => {
    expectTypeOf<{ crypto: typeof crypto; algorithms: typeof algorithms }>().toExtend<Own>();
    const hybrid = { ...algorithms, keyExchanges: { 'mlkem768x25519-sha256': mlkem768x25519Sha256 } };
    expectTypeOf<{ crypto: typeof crypto; algorithms: typeof hybrid }>().not.toExtend<Own>();
    const other = { ...algorithms, ciphers: { 'chacha20-poly1305@openssh.com': chacha20Poly1305 } };
    expectTypeOf<{ crypto: typeof crypto; algorithms: typeof other }>().not.toExtend<Own>();
  });

  test('a row that takes another primitive does not compile', () => {
    const keyExchanges = { 'mlkem768x25519-sha256': mlkem768x25519Sha256 };
    const make = () =>
      createServer({
        crypto,
        // @ts-expect-error: the provider has no mlkem768
        algorithms: { ...algorithms, keyExchanges },
      });
    expect(make).not.toThrow();
    createServer({ crypto: noble, algorithms: { ...algorithms, keyExchanges } });
  });
});
