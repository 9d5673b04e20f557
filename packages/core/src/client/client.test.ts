/** Clients and servers in memory; `suites.thorough.test.ts` logs in by every exchange, cipher and MAC. */
import { expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { AuthenticationError, ConfigurationError, HostKeyError } from '../errors.js';
import { formatPublicKey, generateKey, parseKnownHosts, type PrivateKey } from '../keys/index.js';
import { createServer } from '../server/create-server.js';
import type { Session } from '../server/session/session.js';
import { accept, partial } from '../server/verdict.js';
import { memoryLinks, pair } from '../testing/index.js';
import { connect } from './client.js';
import { acceptAnyHostKey } from './options.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const echo = async (session: Session): Promise<number> => {
  await session.writeError(new TextEncoder().encode('err'));
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) await session.write(chunk);
  return 7;
};
const trust = acceptAnyHostKey(() => undefined);

test('a client leaves out of its offer what its provider says', async () => {
  const crypto = { ...noble, algorithms: { ciphers: '-*-gcm@openssh.com,chacha20-*' } };
  const { client } = await pair({ client: { crypto } });
  expect(client.negotiated).toMatchObject({ clientToServer: { cipher: 'aes256-ctr' } });
  client.close();
});

test('what needs a login fails before it by itself, and works after it', async () => {
  const hostKeys = [await generateKey('ssh-ed25519')];
  const server = createServer({ hostKeys, hooks: { none: () => accept }, session: echo });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, { user: 'test', verifyHostKey: trust });
  const early = [
    () => client.exec('echo'),
    () => client.openTcp('localhost', 1),
    () => client.listen({ host: 'localhost', port: 0 }),
    () => client.ping(),
    async () => client.noMoreSessions(),
  ];
  for (const call of early) await expect(call()).rejects.toThrow(ConfigurationError);
  await expect(server.connections[0]!.ping()).rejects.toThrow(ConfigurationError);
  await client.authenticate('test', [{ method: 'none' }]);
  await expect(client.exec('echo')).resolves.toMatchObject({ exitCode: 7 });
  client.close();
});

/** Half of all Ed25519 keys have the top bit set, the sign of x. */
async function keyWithSign(): Promise<PrivateKey> {
  const key = await generateKey('ssh-ed25519');
  return key.publicKey.at(-1)! >= 0x80 ? key : keyWithSign();
}

test('links that deliver Buffers, as those of Node do: what is read out of a chunk is left as it came', async () => {
  const key = await keyWithSign();
  const { client } = await pair({
    server: { hostKeys: [await keyWithSign()], hooks: { authorizedKeys: () => accept } },
    client: { credentials: [{ method: 'publickey', key }] },
    link: { tap: (_from, chunk) => Buffer.from(chunk) },
  });
  client.close();
});

test.each(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa'] as const)('a %s host key and user key', async (type) => {
  // Longer RSA keys take seconds to make.
  const requiredRsaSize = 2048;
  const key = await generateKey(type, { bits: requiredRsaSize });
  const userKey = await generateKey(type, { bits: requiredRsaSize });
  const offered: string[] = [];
  const server = createServer({
    hostKeys: [key],
    requiredRsaSize,
    hooks: {
      authorizedKeys: ({ key: held }) => {
        offered.push(held!.fingerprint);
        return [{ type, blob: userKey.publicKey, comment: '' }];
      },
    },
    session: () => 0,
  });
  const connectWith = async (credential: Parameters<typeof connect>[1]['credentials']): Promise<void> => {
    const [near, far] = memoryLinks();
    void server.accept(far);
    const client = await connect(near, {
      user: 'u',
      requiredRsaSize,
      verifyHostKey: ({ blob }) => blob.join() === key.publicKey.join(),
      ...(credential && { credentials: credential }),
    });
    client.close();
  };
  await connectWith([{ method: 'publickey', key: userKey }]);
  expect(offered.length).toBe(1);
  // The host's key is no user's key.
  await expect(connectWith([{ method: 'publickey', key }])).rejects.toThrow(AuthenticationError);
});

test('C01: a verifier that throws, rejects, says nothing or no ends the connection, and no user name is sent', async () => {
  const verifiers = [
    () => {
      throw new Error('no');
    },
    () => Promise.reject(new Error('no')),
    () => undefined as unknown as boolean,
    () => false,
    () => 'changed' as const,
  ];
  for (const verifyHostKey of verifiers) {
    let asked = 0;
    const none = (): typeof accept => {
      asked += 1;
      return accept;
    };
    await expect(pair({ server: { hooks: { none } }, client: { verifyHostKey } })).rejects.toThrow(HostKeyError);
    expect(asked).toBe(0);
  }
});

test('whoever accepts any host key has to be told of it', () => {
  expect(() => acceptAnyHostKey(undefined as never)).toThrow('nobody would be warned: acceptAnyHostKey(console.warn)');
});

test('password, keyboard-interactive and partial success', async () => {
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: {
      password: (_attempt, password) => (password === 'first' ? partial(['keyboard-interactive']) : undefined),
      keyboardInteractive: async (_attempt, ask) => {
        const [one] = await ask({ prompts: [{ prompt: 'One: ', echo: false }] });
        const [two] = await ask({ prompts: [{ prompt: 'Two: ', echo: true }] });
        return one === '1' && two === '2' ? accept : undefined;
      },
    },
    session: () => 0,
  });
  const login = async (credentials: Parameters<typeof connect>[1]['credentials'] & object): Promise<string> => {
    const [near, far] = memoryLinks();
    void server.accept(far);
    const client = await connect(near, { user: 'u', verifyHostKey: trust, credentials });
    client.close();
    return 'in';
  };
  const answer = ({ prompts }: { prompts: readonly { prompt: string }[] }): string[] =>
    prompts.map(({ prompt }) => (prompt === 'One: ' ? '1' : '2'));
  expect(
    await login([
      { method: 'password', password: 'first' },
      { method: 'keyboard-interactive', answer },
    ]),
  ).toBe('in');
  await expect(login([{ method: 'password', password: 'wrong' }])).rejects.toThrow('keyboard-interactive');
  await expect(login([{ method: 'keyboard-interactive', answer: () => ['1', '2'] }])).rejects.toThrow(
    AuthenticationError,
  );
});

test('a command’s environment precedes it, also if the session opens during a rekey', async () => {
  const { client } = await pair({
    server: { hooks: { none: () => accept }, session: (session) => session.write(session.env.get('COLOUR') ?? 'none') },
  });
  const result = client.exec('show', { env: { COLOUR: 'green' } });
  client.rekey();
  expect(text((await result).stdout)).toBe('green');
  client.close();
});

test('rekeys by bytes while data flows both ways', async () => {
  const size = 1024 * 1024;
  const { client } = await pair({
    server: { hooks: { none: () => accept }, session: echo, rekey: { bytes: 256 * 1024 } },
    client: { rekey: { bytes: 300 * 1024 } },
  });
  const bytes = new Uint8Array(size).map((_, index) => index * 31);
  const { stdout, exitCode } = await client.exec('echo', { stdin: bytes });
  expect(exitCode).toBe(7);
  expect(stdout.length).toBe(size);
  expect(stdout.every((byte, index) => byte === bytes[index])).toBe(true);
});

test('authMethods asks by none; without credentials connect stops after the host key', async () => {
  const server = createServer({ hostKeys: [await generateKey('ssh-ed25519')], hooks: { password: () => accept } });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, { user: 'u', verifyHostKey: trust });
  expect(await client.authMethods('u')).toEqual({ methods: ['password'], authenticated: false });
  await client.authenticate('u', [{ method: 'password', password: 'x' }]);
  await expect(client.exec('anything')).rejects.toThrow('refused');
  client.close();
});

test('one authentication at a time, and none once a user is logged in', async () => {
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: { password: () => accept },
    session: (session) => session.write(session.user),
  });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const client = await connect(near, { user: 'u', verifyHostKey: trust });
  const first = client.authenticate('first', [{ method: 'password', password: 'x' }]);
  await Promise.resolve();
  const second = client.authenticate('second', [{ method: 'password', password: 'x' }]);
  await expect(second).rejects.toThrow('an authentication request waits for its answer');
  await first;
  await expect(client.authenticate('third', [{ method: 'none' }])).rejects.toThrow('a user is logged in already');
  await expect(client.authMethods('third')).rejects.toThrow(AuthenticationError);
  expect(text((await client.exec('whoami')).stdout)).toBe('first');
  client.close();
});

test('a stdin that is neither text nor bytes is refused before the command runs', async () => {
  const { client } = await pair({ server: { session: echo } });
  let isOpen = false;
  const spawn = client.spawn.bind(client);
  client.spawn = (...words) => ((isOpen = true), spawn(...words));
  await expect(client.exec('x', { stdin: 5 as never })).rejects.toThrow(TypeError);
  expect(isOpen).toBe(false);
  client.close();
});

test.each([
  [undefined, 'ecdsa-sha2-nistp256'],
  [{ hostKeys: '-rsa-*' }, 'ecdsa-sha2-nistp256'],
  [{ hostKeys: 'ssh-ed25519,ecdsa-*' }, 'ssh-ed25519'],
] as const)(
  'a host of several keys is asked for the one it is known by, unless told otherwise: %j',
  async (algorithms, name) => {
    const [newer, known] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ecdsa-sha2-nistp256')]);
    const verify = parseKnownHosts(`example.org ${formatPublicKey(known.public)}\n`).verify('example.org');
    const verdicts: string[] = [];
    const verifyHostKey = Object.assign(
      ({ blob }: { readonly blob: Uint8Array }) => {
        verdicts.push(verify({ blob }));
        return true;
      },
      { keyTypes: verify.keyTypes },
    );
    const { client } = await pair({
      server: { hostKeys: [newer, known], hooks: { none: () => accept } },
      client: { verifyHostKey, ...(algorithms && { algorithms }) },
    });
    expect(client.negotiated?.hostKey).toBe(name);
    expect(verdicts).toEqual([name === 'ssh-ed25519' ? 'changed' : 'trusted']);
    client.close();
  },
);

test.each([
  ['unknown', /^the host key SHA256:\S+ is unknown: compare it with the server's own, then add it/],
  ['changed', /^the host key SHA256:\S+ is changed: ask whoever runs the server/],
  ['revoked', /^the host key SHA256:\S+ is revoked$/],
  [false, /^the host key SHA256:\S+ is not accepted$/],
] as const)('a host key that is refused as %s: the error says what to do', async (judgement, message) => {
  await expect(pair({ client: { verifyHostKey: () => judgement } })).rejects.toThrow(message);
});
