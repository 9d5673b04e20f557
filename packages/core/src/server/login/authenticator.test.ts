/** RFC 4252: what hooks decide about a login, and the result, over connections from Nacre clients. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../client/client.js';
import { connect } from '../../client/client.js';
import { formatPublicKey, generateKey, parseAuthorizedKeys } from '../../keys/index.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { memoryLinks } from '../../testing/memory-link.js';
import type { Credential } from '../../userauth/keyboard-interactive-credential.js';
import { passwordWithChange } from '../../userauth/password-with-change.js';
import { createServer } from '../create-server.js';
import type { Attempt, Hooks } from '../hooks.js';
import type { ServerOptions } from '../options.js';
import type { Server } from '../server.js';
import { accept, changeRequired, hashed, partial, reject } from '../verdict.js';
import type { PasswordVerifier } from './password-verifier.js';

const hostKey = generateKey('ssh-ed25519');
const ada = { name: 'ada', id: 7, group: 8, fullName: 'Ada L.', home: '/home/ada', shell: '/bin/sh' };
const fail = (): never => {
  throw new Error('no');
};

/** Hashes that are quick to compute: a word and a sign. */
const signs: PasswordVerifier = { verify: (password, hash) => `${password}!` === hash, decoy: '$x$AA$AA' };

async function serve(hooks: Hooks, options: Partial<ServerOptions> = {}): Promise<Server> {
  return createServer({ hostKeys: [await hostKey], session: () => 0, ...options, hooks });
}

async function dial(server: Server, user: string): Promise<Client> {
  const [near, far] = memoryLinks();
  void server.accept(far);
  return connect(near, { user, verifyHostKey: () => true });
}

/** Logs in and leaves. @returns the server's name for the user, or what the client was told if the login failed. */
async function logIn(server: Server, user: string, ...credentials: Credential[]): Promise<string> {
  const client = await dial(server, user);
  try {
    await client.authenticate(user, credentials);
    return `in as ${server.connections.at(-1)!.user}`;
  } catch (error) {
    return (error as Error).message.replace(/^.*; it takes/, 'takes');
  } finally {
    client.close();
  }
}

const word = (password: string): Credential => ({ method: 'password', password });
const none: Credential = { method: 'none' };

describe('password', () => {
  test('without an opinion it is compared with the stored hash; without a way to compare it is refused', async () => {
    const hooks = { account: () => ({ ...ada, passwordHash: 'secret!' }) };
    const server = await serve(hooks, { passwords: signs });
    expect(await logIn(server, 'ada', word('wrong'), word('secret'))).toBe('in as ada');
    expect(await logIn(server, 'ada', word('secret!'))).toBe('takes password');
    const without = await serve({ ...hooks, password: () => undefined });
    expect(await logIn(without, 'ada', word('secret'))).toBe('takes password');
    expect(await logIn(await serve(hooks), 'ada', none)).toBe('takes nothing');
  });

  test('whoever compares is told when the connection is over', async () => {
    let tell: (signal: AbortSignal | undefined) => void = () => undefined;
    const compared = new Promise<AbortSignal | undefined>((resolve) => (tell = resolve));
    const verify: PasswordVerifier['verify'] = (_password, _hash, signal) => {
      tell(signal);
      return new Promise(() => undefined);
    };
    const passwords = { ...signs, verify };
    const server = await serve({ account: () => ({ ...ada, passwordHash: 'x' }) }, { passwords });
    const client = await dial(server, 'ada');
    const left = client.authenticate('ada', [word('x')]).catch(() => 'left');
    const signal = await compared;
    expect(signal?.aborted).toBe(false);
    server.connections[0]!.disconnect();
    expect(signal?.aborted).toBe(true);
    expect(await left).toBe('left');
  });

  test('a stored hash that cannot be read is a warning in the log, and a wrong password', async () => {
    const warnings: unknown[] = [];
    const hooks: Hooks = {
      account: ({ user }) => ({ ...ada, passwordHash: user === 'ada' ? 'garbage' : 'x' }),
      log: ({ priority, fields }) => void (priority <= 4 && warnings.push(fields['user'])),
    };
    const passwords = { ...signs, canRead: (hash: string) => hash !== 'garbage' };
    const server = await serve(hooks, { passwords });
    for (const user of ['eve', 'ada']) await logIn(server, user, word('garbage?'));
    expect(warnings).toEqual(['ada']);
  });

  test('the hook sees the stored hash, and may give what it hashed to be compared with it', async () => {
    const seen: string[] = [];
    const password = (_attempt: Attempt, given: string, storedHash: string) => {
      seen.push(storedHash);
      return hashed(`${given}?`);
    };
    const server = await serve({ passwordHash: () => 'secret?', password });
    expect(await logIn(server, 'ada', word('wrong'), word('secret'))).toBe('in as ada');
    expect(seen).toEqual(['secret?', 'secret?']);
    const locked = await serve({ account: () => ada, password: () => hashed('locked') });
    expect(await logIn(locked, 'ada', word('x'))).toBe('takes password');
  });

  test('a blank one is refused before the hook, unless policy allows it', async () => {
    const asked: string[] = [];
    const password = (_attempt: Attempt, given: string) => {
      asked.push(given);
      return given === '' ? accept : undefined;
    };
    expect(await logIn(await serve({ password }), 'ada', word(''))).toBe('takes password');
    expect(asked).toEqual([]);
    expect(await logIn(await serve({ password }, { policy: { blankPassword: true } }), 'ada', word(''))).toBe(
      'in as ada',
    );
  });

  test('an empty stored hash is that of the blank password, where policy allows it', async () => {
    const hooks = { passwordHash: () => '' };
    const allowed = await serve(hooks, { passwords: signs, policy: { blankPassword: true } });
    expect(await logIn(allowed, 'ada', word('x'))).toBe('takes password');
    expect(await logIn(allowed, 'ada', word(''))).toBe('in as ada');
    expect(await logIn(await serve(hooks, { passwords: signs }), 'ada', word(''))).toBe('takes password');
  });

  test('passwordLogin: false beats the hook', async () => {
    const hooks = { password: () => accept, keyboardInteractive: () => undefined };
    const server = await serve(hooks, { policy: { passwordLogin: false } });
    expect(await logIn(server, 'ada', word('x'))).toBe('takes keyboard-interactive');
  });

  test('a refused passwordHash: no login by password, also where the hook would accept', async () => {
    const server = await serve({
      account: () => ada,
      passwordHash: () => reject('no'),
      password: () => accept,
      none: () => accept,
    });
    expect(await logIn(server, 'ada', word('x'))).toBe('takes password');
    expect(await logIn(server, 'ada', none)).toBe('in as ada');
  });
});

describe('who is looked up', () => {
  test('an account’s name is the user from here on: for hooks, sessions and who asks later', async () => {
    const users: string[] = [];
    const server = await serve({
      account: () => ({ ...ada, name: 'countess' }),
      none: ({ user, account }) => {
        users.push(user, account!.name);
        return accept;
      },
      authenticated: ({ user }) => void users.push(user),
    });
    expect(await logIn(server, 'ada', none)).toBe('in as countess');
    expect(users).toEqual(['countess', 'countess', 'countess']);
  });

  test('each is asked once a connection', async () => {
    const calls: string[] = [];
    const server = await serve({
      username: () => void calls.push('username'),
      account: () => (calls.push('account'), ada),
      passwordHash: () => void calls.push('passwordHash'),
      password: () => undefined,
    });
    await logIn(server, 'ada', none, word('a'), word('b'));
    expect(calls).toEqual(['username', 'account', 'passwordHash']);
  });

  test('accept of username logs nobody in', async () => {
    const server = await serve({ username: () => accept, password: () => undefined });
    expect(await logIn(server, 'ada', none, word('x'))).toBe('takes password');
  });

  test.each([
    ['an invalid account', { account: () => ({ ...ada, id: 'x' }) as never }],
    ['a null hash', { passwordHash: () => null }],
  ])('%s ends the connection, and no other', async (_name, hooks) => {
    const broken = await serve({ ...hooks, none: () => accept }, { passwords: signs });
    const client = await dial(broken, 'ada');
    await expect(client.authenticate('ada', [none])).rejects.toMatchObject({ reason: 11, message: 'internal error' });
    expect(broken.state).toBe('open');
  });

  test('root is refused though every hook accepts, and told apart from others by nothing', async () => {
    const hooks: Hooks = { none: () => accept, password: () => accept, keyboardInteractive: () => accept };
    const kbd: Credential = { method: 'keyboard-interactive', answer: () => [] };
    const answer = 'takes password, keyboard-interactive';
    expect(await logIn(await serve(hooks), 'root', none, word('x'), kbd)).toBe(answer);
    const login = await serve(hooks, { policy: { rootLogin: true } });
    expect(await logIn(login, 'root', word('x'), kbd)).toBe(answer);
    expect(await logIn(login, 'root', none)).toBe('in as root');
    expect(
      await logIn(await serve(hooks, { policy: { rootLogin: true, rootPassword: true } }), 'root', word('x')),
    ).toBe('in as root');
  });

  test('an unknown user is asked the same by the same hooks, and what they grant is void', async () => {
    const asked: Record<string, unknown[]> = {};
    const note = (attempt: Attempt, what: unknown): void =>
      void (asked[attempt.connection.state as string] ??= []).push(what);
    const server = await serve(
      {
        connection: (_peer, connection) => void (connection.state = `connection ${connection.id}`),
        account: ({ user }) => (user === 'ada' ? { ...ada, passwordHash: '$x$salt$value' } : undefined),
        none: (attempt) => void note(attempt, 'none'),
        password: (attempt, password, hash) => void note(attempt, [password, hash.length]),
        keyboardInteractive: async (attempt, ask) => {
          note(attempt, attempt.account!.home.startsWith('/'));
          note(attempt, await ask({ prompts: [{ prompt: 'Token: ', echo: false }] }));
          return attempt.user === 'ada' ? undefined : accept;
        },
        authorizedKeys: (attempt) => {
          note(attempt, attempt.key?.algorithm);
          return attempt.user === 'ada' ? undefined : accept;
        },
        methods: (attempt) => void note(attempt, attempt.failures),
      },
      { passwords: signs },
    );
    const key = await generateKey('ssh-ed25519');
    const prompts: unknown[] = [];
    const credentials = (): Credential[] => [
      none,
      word('x'),
      { method: 'publickey', key },
      { method: 'keyboard-interactive', answer: (challenge) => (prompts.push(challenge), ['7']) },
    ];
    const known = await logIn(server, 'ada', ...credentials());
    const unknown = await logIn(server, 'eve', ...credentials());
    expect(unknown).toBe(known);
    expect(asked['connection 2']).toEqual(asked['connection 1']);
    expect(prompts[0]).toEqual(prompts[1]);
  });
});

test('a refusal waits on the clock, at least 5 ms, and a success does not', async () => {
  const clock = new ManualClock();
  const server = await serve({ password: (_attempt, given) => (given === 'right' ? accept : undefined) }, { clock });
  const client = await dial(server, 'ada');
  let refused = false;
  const wrong = client.authenticate('ada', [word('wrong')]).catch(() => (refused = true));
  const turns = async (): Promise<void> => {
    for (let index = 0; index < 5; index += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  await turns();
  clock.advance(4.9);
  await turns();
  expect(refused).toBe(false);
  clock.advance(4.1);
  await wrong;
  expect(refused).toBe(true);
  await client.authenticate('ada', [word('right')]);
  client.close();
});

describe('a password that must be changed', () => {
  test('the new one comes with the old, as often as the server wants another', async () => {
    const asked: unknown[] = [];
    const password = (_attempt: Attempt, old: string, _hash: string, next?: string) => {
      asked.push([old, next]);
      if (old !== 'old') return undefined;
      return next === undefined || next.length < 8 ? changeRequired('New password: ') : accept;
    };
    const server = await serve({ password });
    const prompts: string[] = [];
    const news = ['short', 'long enough'];
    const change = (prompt: string): string => (prompts.push(prompt), news.shift()!);
    expect(await logIn(server, 'ada', passwordWithChange('old', change))).toBe('in as ada');
    expect(asked).toEqual([
      ['old', undefined],
      ['old', 'short'],
      ['old', 'long enough'],
    ]);
    expect(prompts).toEqual(['New password: ', 'New password: ']);
  });
});

test('a login by key names the server’s host key, where the server takes that', async () => {
  const methods: unknown[] = [];
  const server = await serve({
    authorizedKeys: () => accept,
    message: ({ kind, fields }) => void (kind === 'auth' && methods.push(fields['methodName'])),
  });
  expect(await logIn(server, 'ada', { method: 'publickey', key: await generateKey('ssh-ed25519') })).toBe('in as ada');
  expect(methods).toEqual(['publickey-hostbound-v00@openssh.com']);
});

describe('methods', () => {
  test('that throws leaves none, and the connection goes on', async () => {
    let isBroken = true;
    const methods = () => (isBroken ? fail() : undefined);
    const server = await serve({ methods, password: () => accept });
    const client = await dial(server, 'ada');
    await expect(client.authenticate('ada', [word('x')])).rejects.toThrow('it takes nothing');
    isBroken = false;
    await client.authenticate('ada', [word('x')]);
    client.close();
  });
  test('cannot offer what no hook serves', async () => {
    const server = await serve({
      methods: () => ['gssapi-with-mic', 'publickey', 'password'],
      password: () => undefined,
    });
    expect(await logIn(server, 'ada', none)).toBe('takes password');
  });
});

describe('partial success', () => {
  test('Security: a chain that counts what was passed holds wherever it begins', async () => {
    const key = await generateKey('ssh-ed25519');
    const server = await serve({
      authorizedKeys: () => accept,
      password: () => accept,
      authenticated: ({ method, passed }) => {
        const left = ['publickey', 'password'].filter((name) => name !== method && !passed.includes(name));
        return left.length === 0 ? accept : partial(left);
      },
    });
    const publicKey: Credential = { method: 'publickey', key };
    expect(await logIn(server, 'ada', publicKey, word('x'))).toBe('in as ada');
    expect(await logIn(server, 'ada', word('x'), publicKey)).toBe('in as ada');
    expect(await logIn(server, 'ada', word('x'), word('x'))).toBe('takes publickey');
    expect(await logIn(server, 'ada', publicKey)).toBe('takes password');
  });

  test('over a chain of three methods, in the order that hooks ask for', async () => {
    const key = await generateKey('ssh-ed25519');
    const hooks: Hooks = {
      authorizedKeys: () => accept,
      password: () => partial(['keyboard-interactive']),
      keyboardInteractive: async (_attempt, ask) => {
        const [answer] = await ask({ prompts: [{ prompt: 'Token: ', echo: false }] });
        return answer === '7' ? accept : undefined;
      },
      authenticated: ({ method }) => (method === 'publickey' ? partial(['password']) : accept),
    };
    const server = await serve(hooks);
    const publicKey: Credential = { method: 'publickey', key };
    const token: Credential = { method: 'keyboard-interactive', answer: () => ['7'] };
    expect(await logIn(server, 'ada', publicKey, word('x'), token)).toBe('in as ada');
    expect(await logIn(server, 'ada', publicKey, token, word('x'))).toBe('takes keyboard-interactive');
    expect(await logIn(server, 'ada', publicKey)).toBe('takes password');
    expect(await logIn(server, 'ada', publicKey, none)).toBe('takes password');
  });
});

test('parsed keys beyond maxKeys, 8 if not given, are not looked at; text may have as many as it likes', async () => {
  const keys = await Promise.all(Array.from({ length: 9 }, () => generateKey('ssh-ed25519')));
  const holding = (index: number): Credential => ({ method: 'publickey', key: keys[index]! });
  const text = keys
    .map(({ publicKey: blob }) => formatPublicKey({ type: 'ssh-ed25519', blob, comment: '' }))
    .join('\n');
  const parsed: Hooks = { authorizedKeys: () => parseAuthorizedKeys(text).keys };
  const limits = { maxKeys: 3 };
  expect(await logIn(await serve(parsed, { limits }), 'ada', holding(2))).toBe('in as ada');
  expect(await logIn(await serve(parsed, { limits }), 'ada', holding(3))).toBe('takes publickey');
  expect(await logIn(await serve(parsed), 'ada', holding(7))).toBe('in as ada');
  expect(await logIn(await serve(parsed), 'ada', holding(8))).toBe('takes publickey');
  expect(await logIn(await serve({ authorizedKeys: () => text }, { limits }), 'ada', holding(8))).toBe('in as ada');
});
