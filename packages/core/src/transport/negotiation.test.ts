/** RFC 4253 §7.1: what is negotiated, and what is unsafe with a peer that lacks strict key exchange. */
import { describe, expect, test } from 'vitest';
import { offerAll } from '../algorithms/offer.js';
import * as tables from '../algorithms/table.js';
import { noble } from '../crypto/noble.js';
import { KeyExchangeError } from '../errors.js';
import { negotiate, propose, refusePrefixTruncation, type Kexinit, type Negotiated } from './negotiation.js';

function kexinit(changes: Partial<Kexinit>): Kexinit {
  const { offer } = offerAll(tables);
  return { ...propose({ role: 'client', offer, hostKeys: [], crypto: noble }).kexinit, ...changes };
}

test('each direction has a cipher, a MAC and a compression of its own, the client’s first that the server has', () => {
  const client = kexinit({
    encryptionAlgorithmsClientToServer: ['aes256-ctr', 'aes128-ctr'],
    macAlgorithmsClientToServer: ['hmac-md5', 'hmac-sha2-512'],
    compressionAlgorithmsClientToServer: ['zlib@openssh.com', 'none'],
    compressionAlgorithmsServerToClient: ['zlib@openssh.com', 'none'],
  });
  const server = kexinit({ compressionAlgorithmsServerToClient: ['none', 'zlib@openssh.com'] });
  expect(negotiate(client, server, tables)).toMatchObject({
    clientToServer: { cipher: 'aes256-ctr', mac: 'hmac-sha2-512', compression: 'none' },
    serverToClient: { cipher: 'aes128-gcm@openssh.com', mac: undefined, compression: 'zlib@openssh.com' },
  });
});

test('no compression in common is an error that names both lists', () => {
  const client = kexinit({ compressionAlgorithmsClientToServer: ['zlib'] });
  expect(() => negotiate(client, kexinit({}), tables)).toThrow(KeyExchangeError);
  expect(() => negotiate(client, kexinit({}), tables)).toThrow(
    'no compression in common: the client offers zlib, the server none',
  );
});

test('an empty list is not taken for the algorithm `none` in an error', () => {
  const client = kexinit({ compressionAlgorithmsClientToServer: [] });
  expect(() => negotiate(client, kexinit({}), tables)).toThrow('the client offers nothing, the server none');
});

test('a long list is cut short in an error, and seen to be', () => {
  const [client, server] = [{ kexAlgorithms: ['a'.repeat(300)] }, { kexAlgorithms: ['b'] }].map(kexinit);
  expect(() => negotiate(client!, server!, tables)).toThrow(`offers ${'a'.repeat(200)}…, the server b`);
});

test('RFC 8308 §2.1: markers are no exchanges: nobody agrees on one, and no error names one', () => {
  const markers = ['ext-info-c', 'kex-strict-c-v00@openssh.com'];
  const [client, server] = [
    ['a', ...markers],
    ['b', ...markers],
  ].map((kexAlgorithms) => kexinit({ kexAlgorithms }));
  expect(() => negotiate(client!, server!, tables)).toThrow(/: the client offers a, the server b$/);
});

test.each(['client', 'server'] as const)(
  'the markers of a %s stand in its first KEXINIT and in no later one',
  (role) => {
    const { offer } = offerAll(tables);
    const options = { role, offer, hostKeys: [], crypto: noble };
    const markers = [`ext-info-${role[0]}`, `kex-strict-${role[0]}-v00@openssh.com`];
    expect(propose(options).kexinit.kexAlgorithms).toEqual([...offer.keyExchanges, ...markers]);
    expect(propose(options, new Uint8Array(51)).kexinit.kexAlgorithms).toEqual(offer.keyExchanges);
  },
);

test('§7.1: each KEXINIT, a rekey’s too, has a cookie of its own from the provider, right after its number', () => {
  const { offer } = offerAll(tables);
  let drawn = 0;
  const crypto = { ...noble, random: (length: number) => new Uint8Array(length).fill((drawn += 1)) };
  const options = { role: 'client' as const, offer, hostKeys: [], crypto };
  const payloads = [undefined, undefined, new Uint8Array(51)].map((hostKey) => propose(options, hostKey).payload);
  expect(payloads.map((payload) => [...payload.subarray(0, 17)])).toEqual(
    [1, 2, 3].map((fill) => [20, ...Array<number>(16).fill(fill)]),
  );
});

describe('CVE-2023-48795: without strict key exchange', () => {
  const safe = { cipher: 'aes128-ctr', mac: 'hmac-sha2-256-etm@openssh.com', compression: 'none' };
  const agreed = (cipher: string, mac: string | undefined): Negotiated => ({
    keyExchange: 'curve25519-sha256',
    hostKey: 'ssh-ed25519',
    clientToServer: safe,
    serverToClient: { cipher, mac, compression: 'none' },
  });

  const peer = (strict: boolean, allowPrefixTruncation = false) => ({ strict, options: { allowPrefixTruncation } });

  test.each([
    ['chacha20-poly1305@openssh.com', undefined],
    ['aes256-cbc', 'hmac-sha2-256-etm@openssh.com'],
    ['rijndael-cbc@lysator.liu.se', 'hmac-sha1-etm@openssh.com'],
    ['3des-cbc', 'hmac-sha2-512-etm@openssh.com'],
  ])('%s with %s is refused, in one direction too', (cipher, mac) => {
    const refuse = (): void => refusePrefixTruncation(agreed(cipher, mac), peer(false));
    expect(refuse).toThrow(KeyExchangeError);
    expect(refuse).toThrow(/choose aes128-gcm@openssh.com or aes128-ctr/);
    expect(() => refusePrefixTruncation(agreed(cipher, mac), peer(true))).not.toThrow();
    expect(() => refusePrefixTruncation(agreed(cipher, mac), peer(false, true))).not.toThrow();
  });

  test.each([
    ['aes128-gcm@openssh.com', undefined],
    ['aes256-ctr', 'hmac-sha2-256-etm@openssh.com'],
    ['aes256-cbc', 'hmac-sha2-256'],
  ])('%s with %s is not', (cipher, mac) => {
    expect(() => refusePrefixTruncation(agreed(cipher, mac), peer(false))).not.toThrow();
  });
});
