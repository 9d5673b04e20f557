/** RFC 4256: dialogues that clients leave, and hooks that ask out of turn. */
import { expect, test } from 'vitest';
import { startClient, type Client } from '../../client/client.js';
import { noble } from '../../crypto/noble.js';
import { AuthenticationError, DisconnectedError, DisconnectReason } from '../../errors.js';
import { accept, connect, createServer, reject } from '../../index.js';
import { generateKey } from '../../keys/index.js';
import { memoryLinks } from '../../testing/memory-link.js';
import { KeyboardInteractiveRound } from '../../userauth/keyboard-interactive.js';
import type { Challenge, Credential } from '../../userauth/keyboard-interactive-credential.js';
import type { Hooks } from '../hooks.js';

type Dialogue = NonNullable<Hooks['keyboardInteractive']>;

const hostKey = generateKey('ssh-ed25519');
const user = 'ada';
const verifyHostKey = (): boolean => true;
const question = (prompt: string) => ({ prompts: [{ prompt, echo: false }] });
/** Answers every prompt with itself. */
const echo: Credential = {
  method: 'keyboard-interactive',
  answer: ({ prompts }: Challenge) => prompts.map(({ prompt }) => prompt),
};

async function logIn(keyboardInteractive: Dialogue): Promise<Client> {
  const [near, far] = memoryLinks();
  void createServer({ hostKeys: [await hostKey], hooks: { keyboardInteractive } }).accept(far);
  return connect(near, { user, verifyHostKey, credentials: [echo] });
}

test('a client that leaves one dialogue after another is disconnected after 64, and the hook is not asked again', async () => {
  let asked = 0;
  const [near, far] = memoryLinks();
  const keyboardInteractive: Dialogue = async (_attempt, ask) => {
    asked += 1;
    await ask(question('code'));
    return reject('no');
  };
  void createServer({ hostKeys: [await hostKey], hooks: { keyboardInteractive } }).accept(far);
  const client = startClient(near, { user, verifyHostKey, crypto: noble });
  await client.ready;
  const leave: Credential = {
    method: 'keyboard-interactive',
    answer: () => {
      throw new AuthenticationError('left');
    },
  };
  for (let count = 0; count < 64; count += 1) await expect(client.authenticate(user, [leave])).rejects.toThrow('left');
  await expect(client.authenticate(user, [leave])).rejects.toThrow(DisconnectedError);
  expect(await client.closed).toMatchObject({ reason: DisconnectReason.NO_MORE_AUTH_METHODS_AVAILABLE });
  expect(asked).toBe(64);
});

test.each([0, 2])('%d answers to one prompt are none: the hook is told, and nobody is let in', async (count) => {
  const errors: unknown[] = [];
  const [near, far] = memoryLinks();
  const keyboardInteractive: Dialogue = async (_attempt, ask) => {
    await ask(question('code')).catch((error: unknown) => errors.push(error));
    return errors.length === 0 ? accept : reject('no');
  };
  void createServer({ hostKeys: [await hostKey], hooks: { keyboardInteractive } }).accept(far);
  const answers = Array.from({ length: count }, () => 'code');
  const credentials: Credential[] = [{ method: 'keyboard-interactive', answer: () => answers }];
  await expect(connect(near, { user, verifyHostKey, credentials })).rejects.toThrow(AuthenticationError);
  expect(errors).toEqual([expect.objectContaining({ message: `1 answers expected, got ${count}` })]);
});

test('one question at a time: a hook that asks two at once is told so, and has refused', async () => {
  const errors: unknown[] = [];
  const login = logIn(async (_attempt, ask) => {
    try {
      await Promise.all([ask(question('a')), ask(question('b'))]);
    } catch (error) {
      errors.push(error);
      throw error;
    }
    return accept;
  });
  await expect(login).rejects.toThrow(AuthenticationError);
  expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('prompts of one question') })]);
});

test('a hook that decides while its question waits: the client is told when it has answered', async () => {
  let answers: readonly string[] | undefined;
  const client = await logIn((_attempt, ask) => {
    void ask(question('a')).then((given) => {
      answers = given;
    });
    return accept;
  });
  expect(answers).toEqual(['a']);
  client.close();
  const refused = logIn((_attempt, ask) => {
    void ask(question('a'));
    return reject('no');
  });
  await expect(refused).rejects.toThrow(AuthenticationError);
});

test('after its decision a hook asks nothing', async () => {
  let late: Promise<unknown> | undefined;
  const sent: Uint8Array[] = [];
  const attempt = { user, service: 'ssh-connection', method: 'keyboard-interactive', failures: 0, passed: [] };
  const authenticator = {
    keyboardInteractive: (_attempt: unknown, ask: (questions: ReturnType<typeof question>) => Promise<unknown>) => {
      late = Promise.resolve().then(async () => {
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
        return ask(question('late'));
      });
      late.catch(() => undefined);
      return { outcome: 'refuse' } as const;
    },
  };
  const round = new KeyboardInteractiveRound(
    authenticator as unknown as ConstructorParameters<typeof KeyboardInteractiveRound>[0],
    attempt,
    (payload) => void sent.push(payload),
  );
  expect(await round.start()).toEqual({ outcome: 'refuse' });
  await expect(late).rejects.toThrow('the dialogue is over');
  expect(sent).toEqual([]);
});
