/** W31 and W32 for every kind of user key: what a key may cost, and what nobody learns. */
import { accept } from '@nacre/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { SK_ECDSA, SK_ED25519, WEBAUTHN } from '../vectors/authenticator.js';
import { expectWell } from './case.js';
import { concat, hex, mpint, str, uint32 } from './bytes.js';
import { RawPeer, settle } from './raw-peer.js';
import { allNames, answer, keys, keyServer, makeUserKeys, request, signed, type UserKey } from './user-keys.js';

beforeAll(makeUserKeys);

const odd = (length: number): Uint8Array => new Uint8Array(length).fill(0xff);
const e = hex('010001');
const rsa = (exponent: Uint8Array, modulus: Uint8Array) => concat(str('ssh-rsa'), mpint(exponent), mpint(modulus));
/** More does not fit into a packet before authentication, with a signature, in bytes. */
const LARGEST = 32_000;

const bombs: readonly (readonly [string, algorithm: string, publicKey: Uint8Array])[] = [
  ['an RSA modulus of 16385 bits', 'rsa-sha2-512', rsa(e, concat([1], odd(2048)))],
  ['an RSA modulus of 8193 bits', 'rsa-sha2-256', rsa(e, concat([1], odd(1024)))],
  ['an RSA modulus of 256,000 bits', 'rsa-sha2-512', rsa(e, odd(LARGEST))],
  ['an RSA modulus of 1024 bits', 'rsa-sha2-512', rsa(e, odd(128))],
  ['an even RSA modulus', 'rsa-sha2-512', rsa(e, concat(odd(255), [0xfe]))],
  ['no RSA modulus', 'rsa-sha2-512', rsa(e, new Uint8Array(0))],
  ['e = 1', 'rsa-sha2-512', rsa(hex('01'), odd(256))],
  ['an even e', 'rsa-sha2-512', rsa(hex('010000'), odd(256))],
  ['e of 4096 bits', 'rsa-sha2-512', rsa(odd(512), odd(256))],
  ['e of 256,000 bits', 'rsa-sha2-512', rsa(odd(LARGEST), odd(256))],
  ['the type of another algorithm', 'ecdsa-sha2-nistp384', rsa(e, odd(256))],
  ['a type that is no key', 'rsa-sha2-512', concat(str('rsa-sha2-512'), mpint(e), mpint(odd(256)))],
  ['DSA with a vast Q', 'ssh-dss', concat(str('ssh-dss'), mpint(odd(128)), mpint(odd(LARGEST)), mpint(e), mpint(e))],
  ['an endless point', 'ecdsa-sha2-nistp521', concat(str('ecdsa-sha2-nistp521'), str('nistp521'), str(odd(LARGEST)))],
  [
    'a curve by another name',
    'ecdsa-sha2-nistp384',
    concat(str('ecdsa-sha2-nistp384'), str('1.3.132.0.34'), str(concat([4], odd(96)))),
  ],
  ['an application without end', SK_ED25519, concat(str(SK_ED25519), str(odd(32)), uint32(0xffffffff), str('ssh:'))],
  ['an sk key of the wrong length', SK_ED25519, concat(str(SK_ED25519), str(odd(31)), str('ssh:'))],
  ['an sk key of small order', SK_ED25519, concat(str(SK_ED25519), str(new Uint8Array(32)), str('ssh:'))],
  [
    'an sk key over another curve',
    SK_ECDSA,
    concat(str(SK_ECDSA), str('nistp521'), str(concat([4], odd(132))), str('ssh:')),
  ],
  [
    'a compressed point in a passkey',
    WEBAUTHN,
    concat(str(SK_ECDSA), str('nistp256'), str(concat([2], odd(32))), str('ssh:')),
  ],
  [
    'the type of a passkey in its blob',
    WEBAUTHN,
    concat(str(WEBAUTHN), str('nistp256'), str(concat([4], odd(64))), str('ssh:')),
  ],
];

/** Generous, in ms: the smallest computation with the largest of these takes seconds. */
const MAXIMUM_CPU = 1_000;

describe('W31 keys that would cost time', () => {
  test.each(bombs)('%s: neither asked about nor computed with', async (_name, algorithm, publicKey) => {
    const asked: string[] = [];
    const under = await keyServer({ authorizedKeys: () => (asked.push('authorizedKeys'), accept) });
    const peer = await new RawPeer(under.server).requestService();
    const key: UserKey = { algorithm, publicKey, sign: () => Promise.resolve(new Uint8Array(0)) };
    const before = process.cpuUsage();
    expect((await answer(peer, request(false, key)))[0]).toBe(51);
    for (const length of [0, 64, 256, 1024]) {
      const forged = concat(str(algorithm), str(odd(length)));
      expect((await answer(peer, concat(request(true, key), str(length === 0 ? '' : forged))))[0]).toBe(51);
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(MAXIMUM_CPU);
    expect([asked, under.work.verifications, under.proven]).toEqual([[], 0, []]);
    peer.close();
    await settle();
    await expectWell(under);
  });

  test('a modulus of a million bits does not even make a packet', async () => {
    const under = await keyServer();
    const peer = await new RawPeer(under.server).requestService();
    peer.send(
      request(false, { algorithm: 'rsa-sha2-512', publicKey: rsa(e, odd(125_000)), sign: () => Promise.reject() }),
    );
    await peer.until(() => peer.end !== undefined, 'the end');
    expect(peer.end).toBe(5);
    peer.close();
    await settle();
    await expectWell(under);
  });

  test.each(allNames)('%s: one forged signature costs one verification', async (name) => {
    const under = await keyServer();
    const key = keys.get(name)!;
    const peer = await new RawPeer(under.server).requestService();
    const forged = await signed(peer.transport.sessionId!, key, { user: 'bob' });
    await answer(peer, concat(request(true, key), str(forged)));
    // The passkey's client data names another challenge, so that not even that is computed.
    expect(under.work.verifications).toBe(name === WEBAUTHN ? 0 : 1);
    peer.close();
    await settle();
  });
});

describe('W32 a malformed key', () => {
  test.each(bombs.slice(0, 15))('%s tells nothing about whose it could be', async (_name, algorithm, publicKey) => {
    const under = await keyServer();
    const answers: string[] = [];
    for (const user of ['alice', 'nobody']) {
      const peer = await new RawPeer(under.server).requestService();
      const key: UserKey = { algorithm, publicKey, sign: () => Promise.resolve(new Uint8Array(0)) };
      const given = [await answer(peer, request(false, key, { user }))];
      given.push(await answer(peer, concat(request(true, key, { user }), str('x'))));
      answers.push(given.map((payload) => Buffer.from(payload).toString('hex')).join());
      peer.close();
    }
    expect(answers[0]).toBe(answers[1]);
    await settle();
  });
});
