/** Men in the middle, and servers that speak something other than SSH, against the client. */
import { describe, expect, test } from 'vitest';
import {
  accept,
  acceptAnyHostKey,
  ciphers,
  connect,
  createServer,
  generateKey,
  KeyExchangeError,
  ProtocolError,
  type Credential,
  type SshError,
} from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { UserauthClient } from '../../packages/core/src/userauth/client.js';
import { SSH_MSG_USERAUTH_BANNER } from '../../packages/core/src/userauth/messages.js';
import { settle } from './raw-peer.js';

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
const fromLatin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Connects through someone who may change the plaintext of the first exchange. @returns the error, and the users the server heard of. */
async function through(
  tap: (from: 'first' | 'second', text: string) => string,
  algorithms: Parameters<typeof createServer>[0]['algorithms'] = {},
): Promise<{ readonly error: SshError; readonly users: readonly string[] }> {
  const users: string[] = [];
  const none = ({ user }: { user: string }): typeof accept => {
    users.push(user);
    return accept;
  };
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: { none },
    algorithms,
  });
  const [near, far] = memoryLinks({ tap: (from, chunk) => fromLatin1(tap(from, latin1(chunk))) });
  void server.accept(far);
  const error = await connect(near, {
    user: 'secret-user',
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
    algorithms,
  }).then(
    () => new Error('connected'),
    (reason: unknown) => reason,
  );
  await settle();
  return { error: error as SshError, users };
}

describe('C02: the reply of the exchange', () => {
  /** Offsets, from the end of `ssh-ed25519` in the reply, of a byte in the host key, the share and the signature. */
  test.each([
    ['the host key', 10],
    ["the server's share", 4 + 32 + 4 + 10],
    ['the signature', 4 + 32 + 4 + 32 + 4 + 4 + 11 + 4 + 10],
  ])('with a bit of %s flipped is refused, and no user name is sent', async (_name, offset) => {
    const flip = (from: string, text: string): string => {
      const at = text.indexOf('\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20');
      if (from !== 'second' || at < 0) return text;
      const position = at + 15 + offset;
      return text.slice(0, position) + String.fromCharCode(text.charCodeAt(position) ^ 1) + text.slice(position + 1);
    };
    const { error, users } = await through(flip);
    expect(error).toBeInstanceOf(KeyExchangeError);
    expect(users).toEqual([]);
  });
});

test.each([
  ['first', 'kex-strict-c-v00@openssh.com'],
  ['second', 'kex-strict-s-v00@openssh.com'],
])(
  'W13: with the strict marker struck out on its way from the %s end, chacha20-poly1305 is refused by name',
  async (end, marker) => {
    const name = 'chacha20-poly1305@openssh.com';
    const strike = (from: string, text: string): string =>
      from === end ? text.replace(marker, marker.replace('strict', 'struck')) : text;
    const { error, users } = await through(strike, { ciphers: { [name]: ciphers[name] } });
    expect(error.message).toContain('not safe with a peer that lacks strict key exchange');
    expect(error.message).toContain('aes128-gcm@openssh.com');
    expect(error.message).toContain('allowPrefixTruncation');
    expect(users).toEqual([]);
  },
);

test('W13: with the strict marker struck out, any other cipher still fails on the exchange hash', async () => {
  const strike = (_from: string, text: string): string => text.replaceAll('kex-strict-', 'kex-struck-');
  const { error, users } = await through(strike);
  expect(error).toBeInstanceOf(KeyExchangeError);
  expect(users).toEqual([]);
});

const key = await generateKey('ssh-ed25519');
const answered: readonly (readonly [Credential, number])[] = [
  [{ method: 'none' }, 60],
  [{ method: 'none' }, 79],
  [{ method: 'password', password: 'x' }, 61],
  [{ method: 'publickey', key }, 63],
];
test.each(answered)(
  'RFC 4252 §6: an answer to %o by message %d, which its method has not: DISC(2)',
  async (method, number) => {
    const reasons: unknown[] = [];
    const server = createServer({
      hostKeys: [key],
      hooks: {
        message: (context) => {
          if (context.number === 1) reasons.push(context.fields['reasonCode']);
          if (context.number !== 50) return undefined;
          context.reply(Uint8Array.of(number, 0, 0, 0, 0));
          return accept;
        },
      },
    });
    const [near, far] = memoryLinks();
    const over = server.accept(far);
    const login = connect(near, { user: 'u', verifyHostKey: () => true, credentials: [method] });
    await expect(login).rejects.toThrow(ProtocolError);
    await expect(login).rejects.toThrow(`message ${number} answers no method`);
    await over;
    expect(reasons).toEqual([2]);
  },
);

/** One that has asked for nothing yet. */
const silentUserauthClient = (banner: (text: string) => void = () => undefined): UserauthClient =>
  new UserauthClient({
    sessionId: new Uint8Array(32),
    signatures: {},
    serverSignatureAlgorithms: () => undefined,
    boundHostKey: () => undefined,
    send: () => undefined,
    succeed: () => expect.unreachable(),
    banner: (text): undefined => banner(text) as undefined,
  });

test('C06: success without a request is refused', () => {
  // The server says SUCCESS as soon as the service is accepted.
  const client = silentUserauthClient();
  expect(() => client.handle(Uint8Array.of(52))).toThrow(ProtocolError);
  expect(() => client.handle(Uint8Array.of(60, 0))).toThrow(ProtocolError);
});

test('C06: of a long banner the first 8192 characters are shown', () => {
  const shown: string[] = [];
  const client = silentUserauthClient((text) => shown.push(text));
  client.handle(SSH_MSG_USERAUTH_BANNER.encode({ message: 'b'.repeat(30_000), languageTag: '' }));
  expect(shown).toEqual(['b'.repeat(8192)]);
});
