/** OpenSSH's client against the hooks of our server: accounts, stored hashes, password changes, many rounds, chains, bound keys, messages of the day. */
import { expect, describe, onTestFinished, test } from 'vitest';
import {
  accept,
  changeRequired,
  createServer,
  formatPublicKey,
  generateKey,
  partial,
  type Hooks,
  type ServerOptions,
} from '@nacre/core';
import { passwords, storedPasswords } from '@nacre/core/passwords';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { testKey, writeKey } from './keys.js';
import { askpass, openssh, TARGET, type Openssh } from './openssh.js';
import { isMissing } from './processes.js';
import { startTerminal } from './terminal.js';

const it = test.skipIf(isMissing('ssh'));
const ada = { name: 'ada', id: 7, group: 8, fullName: 'Ada L.', home: '/home/ada', shell: '/bin/sh' };
/** Hash of `demo` that is quick to compare with, as OpenSSL's `kdf` makes it. */
const DEMO = '$pbkdf2-sha256$i=1000$c2FsdA$DtXPlZ6/+TJQ4+PAK3F4k1tVODAWX+KFu/ikm5EdNX4';

/** A server with these hooks, and an ssh that knows it. */
async function serve(hooks: Hooks, options: ServerOptions = {}, user = 'ada'): Promise<Openssh> {
  const hostKeys = [await generateKey('ssh-ed25519', { crypto: nodeCrypto })];
  const session: ServerOptions['session'] = async (s) => {
    await s.print(`in as ${s.user}\n`);
    return 0;
  };
  const server = createServer({ crypto: nodeCrypto, hostKeys, session, ...options, hooks });
  const listener = await listen(server, { port: 0 });
  onTestFinished(async () => {
    await listener.close();
    await server.close();
  });
  return openssh(onTestFinished, { port: listener.port, hostKeys, connections: [] }, user);
}

describe('passwords', () => {
  it('compared with a stored hash, of an account with another name; a wrong one is refused', async () => {
    const account: Hooks['account'] = ({ user }) => (user === 'lovelace' ? ada : undefined);
    const hash = storedPasswords({ ada: DEMO });
    const { ssh, folder } = await serve({ account, passwordHash: hash }, { passwords }, 'lovelace');
    const right = await ssh([TARGET, 'x'], await askpass(folder, { password: 'demo' })).finished;
    expect([right.code, right.stdout.toString()]).toEqual([0, 'in as ada\n']);
    const wrong = await ssh([TARGET, 'x'], await askpass(folder, { password: 'wrong' })).finished;
    expect([wrong.code, wrong.stderr]).toEqual([255, expect.stringContaining('Permission denied (password)')]);
  });

  it('RFC 4252 §8: changed, where the server asks for it', async () => {
    const asked: unknown[] = [];
    const { ssh, folder } = await serve({
      password: (_attempt, old, _hash, next) => {
        asked.push([old, next]);
        if (old !== 'first') return undefined;
        return next === 'second' ? accept : changeRequired('Your password has expired.\n');
      },
    });
    const answers = { old: 'first', new: 'second', password: 'first' };
    const { code, stdout, stderr } = await ssh([TARGET, 'x'], await askpass(folder, answers)).finished;
    expect([code, stdout.toString()]).toEqual([0, 'in as ada\n']);
    expect(stderr).toContain('Your password has expired.');
    expect(asked).toEqual([
      ['first', undefined],
      ['first', 'second'],
    ]);
  });
});

it('RFC 4256: five rounds of questions, one of them without any', async () => {
  const { ssh, folder } = await serve({
    keyboardInteractive: async (_attempt, ask) => {
      const answers: string[] = [];
      for (const word of ['One', 'Two', 'Three']) {
        answers.push(...(await ask({ name: 'Rounds', prompts: [{ prompt: `${word}: `, echo: true }] })));
      }
      answers.push(...(await ask({ instruction: 'Nearly there', prompts: [] })));
      const last = [
        { prompt: 'Four: ', echo: false },
        { prompt: 'Five: ', echo: true },
      ];
      answers.push(...(await ask({ prompts: last })));
      return answers.join('') === '12345' ? accept : undefined;
    },
  });
  const answers = { One: '1', Two: '2', Three: '3', Four: '4', Five: '5' };
  const { code, stdout, stderr } = await ssh([TARGET, 'x'], await askpass(folder, answers)).finished;
  expect([code, stdout.toString()]).toEqual([0, 'in as ada\n']);
  expect(stderr).toContain('Nearly there');
});

it('RFC 4252 §5.1: a key, a password, and a question behind them', async () => {
  const key = await testKey('ssh-ed25519');
  const { ssh, folder } = await serve({
    authorizedKeys: () => formatPublicKey(key.public),
    password: (_attempt, given) => (given === 'demo' ? partial(['keyboard-interactive']) : undefined),
    keyboardInteractive: async (_attempt, ask) => {
      const [token] = await ask({ prompts: [{ prompt: 'Token: ', echo: true }] });
      return token === '7' ? accept : undefined;
    },
    authenticated: ({ method }) => (method === 'publickey' ? partial(['password']) : accept),
  });
  const words = ['-v', '-i', await writeKey(folder, 'user', key), TARGET, 'x'];
  const answers = await askpass(folder, { password: 'demo', Token: '7' });
  const { code, stdout, stderr } = await ssh(words, answers).finished;
  expect([code, stdout.toString()]).toEqual([0, 'in as ada\n']);
  expect(stderr).toContain('Authenticated using "publickey" with partial success');
  expect(stderr).toContain('Authenticated using "password" with partial success');
  expect(stderr).toContain('Authenticated to 127.0.0.1 ([127.0.0.1]');
});

it('publickey-hostbound-v00@openssh.com: the client is told, and its key names our host key', async () => {
  const key = await testKey('ssh-ed25519');
  const methods: unknown[] = [];
  const { ssh, folder } = await serve({
    authorizedKeys: () => accept,
    message: ({ kind, fields }) => void (kind === 'auth' && methods.push(fields['methodName'])),
  });
  const words = ['-vvv', '-i', await writeKey(folder, 'user', key), TARGET, 'x'];
  const { code, stderr } = await ssh(words).finished;
  expect(code).toBe(0);
  expect(stderr).toContain('publickey-hostbound@openssh.com=<0>');
  expect(stderr).toContain('publickey-hostbound-v00@openssh.com');
  expect(methods.at(-1)).toBe('publickey-hostbound-v00@openssh.com');
});

it('root is refused like anybody else', async () => {
  const { ssh, folder } = await serve({ password: () => accept }, {}, 'root');
  const { code, stderr } = await ssh([TARGET, 'x'], await askpass(folder, { password: 'any' })).finished;
  expect([code, stderr]).toEqual([255, expect.stringContaining('Permission denied (password)')]);
});

it('a refused connection is closed before an ident', async () => {
  const { ssh } = await serve({
    none: () => accept,
    connection: () => {
      throw new Error('not today');
    },
  });
  const { code, stderr } = await ssh(['-v', TARGET, 'x']).finished;
  expect([code, stderr]).toEqual([255, expect.not.stringContaining('remote software version')]);
});

test.skipIf(isMissing('ssh', 'script'))('a banner, before anybody has logged in', async () => {
  const { ssh } = await serve({ none: () => accept }, { banner: 'Nur für Befugte.\n' });
  const { stdout, stderr, code } = await ssh([TARGET, 'x']).finished;
  expect([code, stdout.toString(), stderr.toString()]).toEqual([
    0,
    'in as ada\n',
    expect.stringMatching(/^Nur für Befugte\.\n/),
  ]);
  const turnedAway = await serve({}, { banner: 'Nur für Befugte.\n' });
  expect((await turnedAway.ssh([TARGET, 'x']).finished).stderr.toString()).toMatch(/^Nur für Befugte\.\n/);
});

test.skipIf(isMissing('ssh', 'script'))('words of the day, on a terminal and for a shell only', async () => {
  const { ssh, words } = await serve({ none: () => accept }, { motd: ({ user }) => `Good day, ${user}.\n` });
  const terminal = await startTerminal(onTestFinished, ['ssh', ...words, TARGET]);
  expect((await terminal.finished).stdout.toString()).toContain('Good day, ada.\r\nin as ada\r\n');
  expect((await ssh([TARGET, 'x']).finished).stdout.toString()).toBe('in as ada\n');
});
