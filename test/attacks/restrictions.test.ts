/** Group T, sshd(8) AUTHORIZED_KEYS FILE FORMAT: five methods, three restrictions each; all hold, and where two meet the stricter wins. */
import { accept, formatPublicKey, partial, reject, type Session, type SessionRequest } from '@nacre/core';
import { certificates, parseRevocationList } from '@nacre/core/certificates';
import { memoryLinks } from '@nacre/core/testing';
import { describe, expect, test } from 'vitest';
import { createAuthenticator, SK_ED25519 } from '../vectors/authenticator.js';
import { encodeBase64 } from '../../packages/core/src/crypto/base64.js';
import { concat, str, uint32 } from './bytes.js';
import { password } from './case.js';
import {
  authority,
  certified,
  flag,
  holder,
  option,
  PERMISSIONS,
  stranger,
  type Content,
} from './forged-certificates.js';
import { RawPeer, settle, subject, type Subject } from './raw-peer.js';
import { answer, request, securityKey, signed, type UserKey } from './user-keys.js';
import { dialMemory } from './wire.js';

const token = createAuthenticator(SK_ED25519);
const plain: UserKey = {
  algorithm: 'ssh-ed25519',
  publicKey: holder.publicKey,
  sign: async (message) => holder.sign('ssh-ed25519', message),
};
const lineOf = (type: string, blob: Uint8Array): string => `${type} ${encodeBase64(blob)}`;
const holderLine = formatPublicKey(holder.public);
const authorityLine = formatPublicKey(authority.public);

interface Restricted {
  /** As options of a line. */
  readonly options?: string;
  /** As a certificate says it. */
  readonly content?: Content;
}

interface Login {
  readonly key: UserKey;
  /** What `authorizedKeys` returns. */
  readonly line: string;
  /** Whether a password is also needed. */
  readonly needsPassword?: boolean;
}

const withOptions = (options: string | undefined, line: string): string =>
  options === undefined ? line : `${options} ${line}`;

/** Ways to log in, with a restriction or without. */
const methods: Readonly<Record<string, (restricted: Restricted) => Promise<Login> | Login>> = {
  'a key': ({ options }) => ({ key: plain, line: withOptions(options, holderLine) }),
  'a security key': ({ options }) => ({
    key: securityKey(token),
    line: withOptions(options, lineOf(SK_ED25519, token.publicKey)),
  }),
  'a certificate that says it': async ({ content }) => ({
    key: await certified(content),
    line: `cert-authority ${authorityLine}`,
  }),
  'a certificate whose line says it': async ({ options }) => ({
    key: await certified(),
    line: withOptions(['cert-authority', options].filter((word) => word !== undefined).join(','), authorityLine),
  }),
  'a key, and a password besides': ({ options }) => ({
    key: plain,
    line: withOptions(options, holderLine),
    needsPassword: true,
  }),
};

/** A server that records what sessions are about. */
async function serverOf({ line, needsPassword = false }: Login) {
  const begun: { readonly request: SessionRequest; readonly original: unknown; readonly env: [string, string][] }[] =
    [];
  const under = await subject({
    certificates,
    hooks: {
      none: ({ user }) => (user === 'guest' ? accept : undefined),
      authorizedKeys: () => line,
      password: (_attempt, word) => (word === 'right' ? accept : undefined),
      authenticated: ({ method, connection }) => {
        if (!needsPassword) return accept;
        if (method === 'password') return connection.state === 'a key' ? accept : reject('a key comes first');
        connection.state = 'a key';
        return partial(['password']);
      },
    },
    session: (session: Session) => {
      begun.push({ request: session.request, original: session.originalRequest, env: [...session.env] });
      return 0;
    },
  });
  return { under, begun };
}

/** @returns the server's last word on the login: 52 or 51. */
async function logIn(
  under: Subject,
  { key, needsPassword = false }: Login,
  isDirect = true,
): Promise<readonly [RawPeer, number]> {
  const link = isDirect ? dialMemory(under.server) : dialMemory(under.server, { isDirect: false });
  const peer = await new RawPeer(link).requestService();
  const payload = concat(request(true, key), str(await signed(peer.transport.sessionId!, key)));
  let last = (await answer(peer, payload))[0]!;
  if (needsPassword) last = (await answer(peer, password('alice', 'right')))[0]!;
  return [peer, last];
}

async function outcome(login: Login, isDirect = true): Promise<number> {
  const { under } = await serverOf(login);
  const [peer, last] = await logIn(under, login, isDirect);
  peer.close();
  await settle();
  return last;
}

const DAY = 86_400_000;
const dateText = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '');
const seconds = (time: number): bigint => BigInt(Math.floor(time / 1000));

describe.each(Object.entries(methods))('%s', (_name, method) => {
  test('T source-address: holds from there, not from elsewhere, and not where the address is not sure', async () => {
    const from = async (list: string): Promise<Login> =>
      method({ options: `from="${list}"`, content: { critical: [option('source-address', list)] } });
    expect(await outcome(await from('127.0.0.0/8'))).toBe(52);
    expect(await outcome(await from('192.0.2.0/24'))).toBe(51);
    expect(await outcome(await from('127.0.0.0/8'), false)).toBe(51);
    expect(await outcome(await from('0.0.0.0/0,::/0'), false)).toBe(51);
  });

  test('T expiry: holds until then', async () => {
    const until = async (time: number): Promise<Login> =>
      method({ options: `expiry-time="${dateText(time)}Z"`, content: { validBefore: seconds(time) } });
    expect(await outcome(await until(Date.now() + 2 * DAY))).toBe(52);
    expect(await outcome(await until(Date.now() - DAY))).toBe(51);
  });

  test('T force-command: whatever is asked for, that runs, and the original is told', async () => {
    const login = await method({
      options: 'command="the one"',
      content: { critical: [option('force-command', 'the one')] },
    });
    const { under, begun } = await serverOf(login);
    const [peer, last] = await logIn(under, login);
    expect(last).toBe(52);
    const asked: readonly (readonly [string, ...Uint8Array[]])[] = [
      ['shell'],
      ['exec', str('rm -rf /')],
      ['subsystem', str('sftp')],
    ];
    for (const [index, [type, ...fields]] of asked.entries()) {
      await peer.ask(91, [90], str('session'), uint32(index), uint32(2 ** 21), uint32(2 ** 15));
      peer.send([98], uint32(index), str('env'), [0], str('SSH_ORIGINAL_COMMAND'), str('a lie'));
      await peer.ask(99, [98], uint32(index), str(type), [1], ...fields);
    }
    await settle();
    const forced = { type: 'exec', command: 'the one' };
    expect(begun).toEqual([
      { request: forced, original: { type: 'shell' }, env: [] },
      { request: forced, original: { type: 'exec', command: 'rm -rf /' }, env: [['SSH_ORIGINAL_COMMAND', 'rm -rf /']] },
      { request: forced, original: { type: 'subsystem', name: 'sftp' }, env: [['SSH_ORIGINAL_COMMAND', 'sftp']] },
    ]);
    peer.close();
    await settle();
  });
});

describe('T where two settings meet, the stricter wins', () => {
  /** The numbers of the answers to requests for a terminal and for a variable. */
  async function answers(login: Login): Promise<readonly number[]> {
    const { under } = await serverOf(login);
    const [peer] = await logIn(under, login);
    await peer.ask(91, [90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
    const terminal = [str('xterm'), uint32(80), uint32(24), uint32(0), uint32(0), str('')];
    const given = await answer(peer, concat([98], uint32(0), str('pty-req'), [1], ...terminal));
    const set = await answer(peer, concat([98], uint32(0), str('env'), [1], str('TZ'), str('x')));
    peer.close();
    await settle();
    return [given[0]!, set[0]!];
  }

  const pty = [flag('permit-pty')];
  test.each<[string, string, Content, readonly number[]]>([
    ['a certificate gives a terminal, and the line takes none away', 'cert-authority', { extensions: pty }, [99, 99]],
    ['a certificate gives a terminal, and the line takes it', 'cert-authority,no-pty', {}, [100, 99]],
    ['a certificate gives none, and the line does', 'cert-authority,pty', { extensions: [] }, [100, 99]],
    ['the line restricts, and gives it back', 'cert-authority,restrict,pty', { extensions: PERMISSIONS }, [99, 99]],
    ['the line sets a variable', 'cert-authority,environment="TZ=UTC"', {}, [99, 100]],
  ])('%s', async (_name, options, content, expected) => {
    expect(await answers({ key: await certified(content), line: `${options} ${authorityLine}` })).toEqual(expected);
  });

  test('two forced commands that differ let nobody in', async () => {
    const content = { critical: [option('force-command', 'one')] };
    const login = (command: string) => ({ line: `cert-authority,command="${command}" ${authorityLine}` });
    expect(await outcome({ key: await certified(content), ...login('one') })).toBe(52);
    expect(await outcome({ key: await certified(content), ...login('other') })).toBe(51);
  });
});

test('T restrictions go with a connection that is written down and resumed', async () => {
  const content = { critical: [option('force-command', 'the one')], extensions: [] };
  const login = { key: await certified(content), line: `cert-authority,permitopen="db:5432" ${authorityLine}` };
  const { under } = await serverOf(login);
  const [peer] = await logIn(under, login);
  const [connection] = under.server.connections;
  const { restrictions } = connection!;
  expect(restrictions).toMatchObject({ command: 'the one', pty: false, permitOpen: [{ host: 'db', port: 5432 }] });
  const snapshot = connection!.snapshot();
  peer.close();
  await settle();
  void under.server.resume(snapshot, memoryLinks()[1]);
  await settle();
  expect(under.server.connections.map((resumed) => resumed.restrictions)).toEqual([restrictions]);
  void under.server.close();
});

test.each([
  ['the key', holder, 51, 51],
  ['the authority', authority, 52, 51],
  ['another', stranger, 52, 52],
])('T whatever hooks say, what is revoked lets nobody in: %s', async (_name, revoked, plainly, byCertificate) => {
  const revokedKeys = parseRevocationList(formatPublicKey(revoked.public));
  const under = await subject({ certificates, revokedKeys, hooks: { authorizedKeys: () => accept } });
  const outcomes: number[] = [];
  for (const key of [plain, await certified()]) {
    const [peer, last] = await logIn(under, { key, line: '' });
    outcomes.push(last);
    peer.close();
    await settle();
  }
  expect(outcomes).toEqual([plainly, byCertificate]);
});

test('W29 restrictions are those of the key that signed, not of one that was held up before', async () => {
  const other = await certified();
  const line = `command="of the key" ${holderLine}\ncert-authority,command="of the certificate" ${authorityLine}`;
  const { under } = await serverOf({ key: plain, line });
  const peer = await new RawPeer(under.server).requestService();
  expect((await answer(peer, request(false, other)))[0]).toBe(60);
  const payload = concat(request(true, plain), str(await signed(peer.transport.sessionId!, plain)));
  expect((await answer(peer, payload))[0]).toBe(52);
  expect(under.server.connections[0]?.restrictions.command).toBe('of the key');
  peer.close();
  await settle();
});
