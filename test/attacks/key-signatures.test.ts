/** W30 for every kind of user key: what a signature must be, and what a security key must vouch for. */
import { accept } from '@nacre/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { SK_ECDSA, USER_PRESENT, USER_VERIFIED, WEBAUTHN } from '../vectors/authenticator.js';
import { concat, readStrings, str } from './bytes.js';
import { RawPeer, settle } from './raw-peer.js';
import {
  allNames,
  answer,
  keys,
  keyServer,
  makeUserKeys,
  request,
  security,
  securityKey,
  signed,
  strangers,
  type KeyServer,
  type UserKey,
} from './user-keys.js';

beforeAll(makeUserKeys);

const bytesOf = (signature: Uint8Array): Uint8Array => readStrings(signature, 2)[1]!;
const behind = (signature: Uint8Array, name: string): Uint8Array =>
  signature.subarray(8 + name.length + bytesOf(signature).length);

/** A signature blob with other bytes in it; what a security key adds stays. */
function withBytes(signature: Uint8Array, name: string, change: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  return concat(str(name), str(change(bytesOf(signature))), behind(signature, name));
}

type Forgery = (key: UserKey, sessionId: Uint8Array, stranger: UserKey) => Promise<Uint8Array> | Uint8Array;

const forgeries: readonly (readonly [string, Forgery])[] = [
  ['nothing', () => new Uint8Array(0)],
  ['an empty signature', ({ algorithm }) => concat(str(algorithm), str(''))],
  ['another session', (key, id) => signed(id, key, { sessionId: id.map((byte) => byte ^ 1) })],
  ['another user', (key, id) => signed(id, key, { user: 'bob' })],
  ['another service', (key, id) => signed(id, key, { service: 'ssh-userauth' })],
  ['another algorithm in what is signed', (key, id) => signed(id, key, { algorithm: 'ssh-rsa' })],
  ['another key of the same type', (key, id, stranger) => signed(id, key, {}, stranger)],
  ['a trailing byte', async (key, id) => concat(await signed(id, key), [0])],
  ['a byte less', async (key, id) => (await signed(id, key)).subarray(0, -1)],
  [
    'zeros',
    async (key, id) => withBytes(await signed(id, key), key.algorithm, (legal) => new Uint8Array(legal.length)),
  ],
  [
    'bytes cut at the end',
    async (key, id) => withBytes(await signed(id, key), key.algorithm, (legal) => legal.subarray(0, -1)),
  ],
  [
    'bytes cut at the start',
    // An RSA signature is a number, and without its leading zeros it is the same number.
    async (key, id) =>
      withBytes(await signed(id, key), key.algorithm, (legal) =>
        legal.subarray(1 + legal.findIndex((byte) => byte > 0)),
      ),
  ],
  [
    'the name ssh-rsa',
    async (key, id) => concat(str('ssh-rsa'), (await signed(id, key)).subarray(4 + key.algorithm.length)),
  ],
  [
    'the name of a certificate',
    async (key, id) => concat(str(`${key.algorithm}-cert`), (await signed(id, key)).subarray(4 + key.algorithm.length)),
  ],
];

describe.each(allNames)('W30 %s', (name) => {
  test('each forgery is refused and counts, and the right signature is taken after them', async () => {
    const under = await keyServer();
    const key = keys.get(name)!;
    for (let first = 0; first < forgeries.length; first += 5) {
      const peer = await new RawPeer(under.server).requestService();
      const id = peer.transport.sessionId!;
      for (const [what, forge] of forgeries.slice(first, first + 5)) {
        const forged = await forge(key, id, strangers.get(name)!);
        expect((await answer(peer, concat(request(true, key), str(forged))))[0], what).toBe(51);
      }
      expect(under.proven).toEqual([]);
      peer.close();
    }
    const sixth = await new RawPeer(under.server).requestService();
    const answers: number[] = [];
    for (let index = 0; index < 6; index += 1) {
      answers.push((await answer(sixth, concat(request(true, key), str('no'))))[0]!);
    }
    expect(answers).toEqual([51, 51, 51, 51, 51, 1]);
    const peer = await new RawPeer(under.server).requestService();
    const right = await signed(peer.transport.sessionId!, key);
    expect((await answer(peer, concat(request(true, key), str(right))))[0]).toBe(52);
    expect(under.proven).toHaveLength(1);
    peer.close();
    await settle();
  });
});

describe('W30 security keys', () => {
  const login = async (under: KeyServer, key: UserKey): Promise<number> => {
    const peer = await new RawPeer(under.server).requestService();
    const signature = await signed(peer.transport.sessionId!, key);
    const [number] = await answer(peer, concat(request(true, key), str(signature)));
    peer.close();
    return number!;
  };

  test.each(Object.values(security).map((key) => [key.algorithm, key] as const))(
    '%s: without a touch it is refused, and what it vouches for is told',
    async (name, authenticator) => {
      const under = await keyServer();
      expect(await login(under, securityKey(authenticator, { flags: 0 }))).toBe(51);
      expect(await login(under, securityKey(authenticator, { flags: USER_VERIFIED }))).toBe(51);
      expect(under.proven).toEqual([]);
      expect(await login(under, securityKey(authenticator, { flags: USER_PRESENT | USER_VERIFIED, counter: 41 }))).toBe(
        52,
      );
      const origin = name === WEBAUTHN ? { origin: 'https://example.org' } : {};
      expect(under.proven).toEqual([{ userPresent: true, userVerified: true, counter: 41, ...origin }]);
    },
  );

  test('a policy that wants a PIN, or another origin, has the last word', async () => {
    const passkey = security[WEBAUTHN];
    const strict = await keyServer({
      authenticated: ({ key }) =>
        key?.assertion?.userVerified === true && key.assertion.origin === 'https://example.org'
          ? accept
          : { verdict: 'reject', reason: 'policy' },
    });
    expect(await login(strict, securityKey(passkey))).toBe(51);
    const flags = USER_PRESENT | USER_VERIFIED;
    expect(await login(strict, securityKey(passkey, { flags, origin: 'https://evil.test' }))).toBe(51);
    expect(await login(strict, securityKey(passkey, { flags }))).toBe(52);
  });

  test('a passkey signs only under its own name, and an sk-ecdsa key only under its', async () => {
    const under = await keyServer();
    const asPlain = { ...securityKey(security[WEBAUTHN]), algorithm: SK_ECDSA };
    const asPasskey = { ...securityKey(security[SK_ECDSA]), algorithm: WEBAUTHN };
    expect([await login(under, asPlain), await login(under, asPasskey)]).toEqual([51, 51]);
    expect(under.proven).toEqual([]);
  });
});
