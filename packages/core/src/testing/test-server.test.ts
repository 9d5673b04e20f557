import { describe, expect, test } from 'vitest';
import { connect } from '../client/client.js';
import { AuthenticationError, ConfigurationError, TimeoutError } from '../errors.js';
import { formatPublicKey, generateKey } from '../keys/index.js';
import { DEFAULT_PENALTIES } from '../server/door/penalties.js';
import type { LimitOptions } from '../server/options.js';
import type { Challenge } from '../userauth/keyboard-interactive-credential.js';
import { accept } from '../server/verdict.js';
import {
  createTestServer,
  formatTimeline,
  ManualClock,
  memoryLinks,
  none,
  pair,
  withServer,
  type TestServerOptions,
} from './index.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function run(command: string, options: TestServerOptions = {}, stdin = ''): Promise<readonly unknown[]> {
  await using under = await createTestServer(options);
  const client = await under.connect();
  const { stdout, stderr, exitCode, signal } = await client.exec(command, { stdin });
  return [text(stdout), text(stderr), signal ?? exitCode];
}

describe('who gets in', () => {
  test('anybody with the password, nobody without', async () => {
    await using under = await createTestServer({ password: 'open sesame' });
    const client = await under.connect({ user: 'whoever' });
    expect(text((await client.exec('whoami')).stdout)).toBe('whoever\n');
    await expect(under.connect({ credentials: [{ method: 'password', password: 'x' }] })).rejects.toThrow(
      AuthenticationError,
    );
  });

  test('who has failed again and again from one address, unless there are penalties', async () => {
    const isLetIn = async (limits: LimitOptions): Promise<boolean> => {
      await using under = await createTestServer({ server: { limits } });
      const login = (password: string): Promise<unknown> => {
        const [near, far] = memoryLinks();
        void under.server.accept(far, { remoteAddress: '192.0.2.1' });
        return connect(near, {
          user: 'anna',
          verifyHostKey: () => true,
          credentials: [{ method: 'password', password }],
        }).catch(() => undefined);
      };
      for (let count = 0; count < 4; count += 1) await login('wrong');
      return (await login('secret')) !== undefined;
    };
    expect(await isLetIn({})).toBe(true);
    expect(await isLetIn({ penalties: DEFAULT_PENALTIES })).toBe(false);
  });

  test('users with their own', async () => {
    await using under = await createTestServer({ users: { anna: 'a', bert: 'b' } });
    const login = (user: string, password: string): Promise<unknown> =>
      under.connect({ user, credentials: [{ method: 'password', password }] });
    await login('anna', 'a');
    for (const [user, password] of [
      ['anna', 'b'],
      ['carl', 'a'],
      ['constructor', 'a'],
    ] as const)
      await expect(login(user, password)).rejects.toThrow(AuthenticationError);
  });

  test('`Password:` and `Token:`, answered `foo` and `bar`', async () => {
    await using under = await createTestServer();
    const asked: string[] = [];
    const login = (...answers: string[]): Promise<unknown> =>
      under.connect({
        credentials: [
          {
            method: 'keyboard-interactive',
            answer: ({ prompts }: Challenge) => {
              asked.push(...prompts.map(({ prompt }) => prompt));
              return answers;
            },
          },
        ],
      });
    await login('foo', 'bar');
    expect(asked).toEqual(['Password:', 'Token:']);
    await expect(login('foo', 'foo')).rejects.toThrow(AuthenticationError);
  });

  test('who asks for nothing, where that is allowed; methods as they are named; keys', async () => {
    const key = await generateKey('ssh-ed25519');
    await using open = await createTestServer({ allowNone: true });
    await open.connect({ credentials: [{ method: 'none' }] });
    await using keys = await createTestServer({
      keys: { anna: formatPublicKey(key.public) },
      authMethods: ['publickey'],
    });
    await keys.connect({ user: 'anna', credentials: [{ method: 'publickey', key }] });
    await expect(keys.connect({ user: 'bert', credentials: [{ method: 'publickey', key }] })).rejects.toThrow();
    await expect(keys.connect({ user: 'anna' })).rejects.toThrow(AuthenticationError);
  });

  test('no prompts at all make no server', async () => {
    await expect(createTestServer({ prompts: [] })).rejects.toThrow(ConfigurationError);
  });
});

describe('what it runs', () => {
  test.each([
    ['echo a  b', '', ['a b\n', '', 0]],
    ['cat', 'in', ['in', '', 0]],
    ['wc', 'four', ['4\n', '', 0]],
    ['stderr oh', '', ['', 'oh\n', 0]],
    ['exit 42', '', ['', '', 42]],
    ['false', '', ['', '', 1]],
    ['die KILL', '', ['', '', 'KILL']],
    ['nothing of the kind', '', ['', 'nothing: command not found\n', 127]],
    ['constructor', '', ['', 'constructor: command not found\n', 127]],
  ])('%s', async (command, stdin, expected) => {
    expect(await run(command, {}, stdin)).toEqual(expected);
  });

  test('so many zeros', async () => {
    expect((await run('zero 100000'))[0]).toHaveLength(100_000);
  });

  test('commands of the test’s own, or one function for all', async () => {
    expect(await run('greet', { exec: { greet: async (session) => (await session.print('hi'), 3) } })).toEqual([
      'hi',
      '',
      3,
    ]);
    expect(await run('a b', { exec: async (session, command) => (await session.print(command), 0) })).toEqual([
      'a b',
      '',
      0,
    ]);
  });

  test('a shell: a command a line', async () => {
    await using under = await createTestServer();
    const shell = await (await under.connect()).shell({ pty: undefined });
    await shell.write('echo one\necho two\nfalse\nexit\n');
    let shown = '';
    for await (const chunk of shell.stdout) shown += text(chunk);
    expect([shown, (await shell.exited).exitCode]).toEqual(['one\ntwo\n', 1]);
  });
});

test('the timeline: what happened, in order, and nothing secret', async () => {
  const lines: string[] = [];
  await using under = await createTestServer({ verbose: (line) => lines.push(line) });
  const client = await under.connect();
  await client.exec('echo canary', { stdin: 'canary' });
  client.close();
  await under.close();
  const messages = under.timeline.map(({ message }) => message);
  const order = ['accepted', 'key exchange ended', 'logged in', 'began', 'ended', 'closed'];
  expect(messages.filter((message) => order.includes(message))).toEqual(order);
  expect(lines.join('\n')).toBe(under.printTimeline().trimEnd());
  const printed = under
    .printTimeline()
    .replace(/^ +\d+\.\d ms/gm, 'TIME')
    .split('\n');
  expect(printed).toEqual(
    expect.arrayContaining([
      'TIME  #1   connection      accepted                        remoteAddress=127.0.0.1',
      'TIME  #1   trace           SSH_MSG_SERVICE_REQUEST         serviceName=ssh-userauth',
      'TIME  #1   authentication  logged in                       user=test method=password',
      'TIME  #1   session         ended                           request=exec status=0',
    ]),
  );
  expect(under.printTimeline()).not.toMatch(/canary|secret/);
  expect(formatTimeline([])).toBe('');
});

test('hooks of the test’s own see what the timeline has', async () => {
  const seen: string[] = [];
  await using under = await createTestServer({
    server: { hooks: { log: ({ message }) => void seen.push(message), none: () => accept } },
  });
  await under.connect({ credentials: [{ method: 'none' }] });
  expect(seen).toEqual(under.timeline.map(({ message }) => message));
});

describe('withServer', () => {
  test('gives what the function gives, and cleans up', async () => {
    let under: { server: { state: string } } | undefined;
    const result = await withServer({}, async (server) => {
      under = server;
      return text((await (await server.connect()).exec('echo x')).stdout);
    });
    expect([result, under?.server.state]).toEqual(['x\n', 'closed']);
  });

  test('a function that throws: the same error, and cleaned up', async () => {
    let state: (() => string) | undefined;
    const failing = withServer({}, (under) => {
      state = () => under.server.state;
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    expect(state?.()).toBe('closed');
  });

  test('ten seconds, then three more for sessions that do not end', async () => {
    const clock = new ManualClock();
    const turn = async (): Promise<void> => {
      for (let index = 0; index < 8; index += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    const events: string[] = [];
    const options = { server: { clock }, exec: () => new Promise<number>(() => undefined) };
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const running = withServer(options, async (under, signal) => {
      signal.addEventListener('abort', () => void events.push('aborted'));
      const client = await under.connect();
      client.exec('stuck').catch(() => void events.push('killed'));
      begin();
      await new Promise(() => undefined);
    });
    const failed = expect(
      running.catch((error: unknown) => (events.push('failed'), Promise.reject(error))),
    ).rejects.toThrow(TimeoutError);
    await begun;
    await turn();
    clock.advance(9_999);
    await turn();
    expect(events).toEqual([]);
    clock.advance(1);
    await turn();
    expect(events).toEqual(['aborted']);
    clock.advance(3000);
    await turn();
    expect(events).toEqual(['aborted', 'killed', 'failed']);
    await failed;
  });
});

test('the cipher and the MAC none: everything is in clear, and only by this export', async () => {
  const algorithms = { rows: [none], ciphers: 'none', macs: 'none' } as const;
  const wire: string[] = [];
  const tap = (_from: 'first' | 'second', chunk: Uint8Array): Uint8Array => {
    wire.push(new TextDecoder('latin1').decode(chunk));
    return chunk;
  };
  const session = async (it: { print(text: string): Promise<void> }): Promise<void> => it.print('in clear');
  const { client } = await pair({
    server: { hooks: { none: () => accept }, algorithms, session },
    client: { algorithms },
    link: { tap },
  });
  expect(client.negotiated).toMatchObject({ clientToServer: { cipher: 'none', mac: 'none' } });
  await client.exec('show me');
  client.close();
  expect(wire.join('')).toContain('show me');
  expect(wire.join('')).toContain('in clear');
  await expect(pair({ server: { algorithms: { ciphers: 'none' } } })).rejects.toThrow(ConfigurationError);
});
