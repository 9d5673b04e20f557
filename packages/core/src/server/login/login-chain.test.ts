/** RFC 4252 §5.1: logins that take more than one method, and what the log says about offered keys. */
import { expect, test } from 'vitest';
import type { Signer } from '../../algorithms/algorithm.js';
import type { Hooks } from '../hooks.js';
import { accept, connect, createServer, partial, type Server } from '../../index.js';
import { formatPublicKey, generateKey } from '../../keys/index.js';
import { memoryLinks } from '../../testing/memory-link.js';
import type { Credential } from '../../userauth/keyboard-interactive-credential.js';

const hostKey = generateKey('ssh-ed25519');

async function serve(hooks: Hooks): Promise<Server> {
  return createServer({ hostKeys: [await hostKey], session: () => 0, hooks });
}

async function logIn(server: Server, user: string, ...credentials: Credential[]): Promise<string> {
  const [near, far] = memoryLinks();
  void server.accept(far);
  try {
    const client = await connect(near, { user, verifyHostKey: () => true, credentials });
    client.close();
    return `in as ${user}`;
  } catch (error) {
    return (error as Error).message.replace(/^.*; it takes/, 'takes');
  }
}

const word = (password: string): Credential => ({ method: 'password', password });

test('a chain begins with its first link where `methods` says so', async () => {
  const key = await generateKey('ssh-ed25519');
  const server = await serve({
    authorizedKeys: () => accept,
    password: () => accept,
    methods: ({ connection }) => (connection.state === 'has key' ? ['password'] : ['publickey']),
    authenticated: ({ connection, method }) => {
      if (method !== 'publickey') return accept;
      connection.state = 'has key';
      return partial(['password']);
    },
  });
  expect(await logIn(server, 'ada', word('x'))).toBe('takes publickey');
  expect(await logIn(server, 'ada', { method: 'publickey', key }, word('x'))).toBe('in as ada');
});

test('where two keys are asked for, one shown twice is not two', async () => {
  const [first, second] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519')]);
  const authenticated: Hooks['authenticated'] = ({ connection }) => {
    const isSecond = connection.state === 'one';
    connection.state = 'one';
    return isSecond ? accept : partial(['publickey']);
  };
  const server = await serve({ authorizedKeys: () => accept, authenticated });
  const by = (key: Signer): Credential => ({ method: 'publickey', key });
  expect(await logIn(server, 'ada', by(first), by(first))).toBe('takes publickey');
  expect(await logIn(server, 'ada', by(first), by(first), by(second))).toBe('in as ada');
});

test('where three are asked for, none of two counts twice', async () => {
  const keys = await Promise.all([0, 1, 2].map(() => generateKey('ssh-ed25519')));
  const authenticated: Hooks['authenticated'] = ({ passed }) => (passed.length === 2 ? accept : partial(['publickey']));
  const server = await serve({ authorizedKeys: () => accept, authenticated });
  const by = (...order: number[]): Credential[] => order.map((at) => ({ method: 'publickey', key: keys[at]! }));
  expect(await logIn(server, 'ada', ...by(0, 1, 0))).toBe('takes publickey');
  expect(await logIn(server, 'ada', ...by(0, 1, 0, 2))).toBe('in as ada');
});

test('of a text with many lines that cannot be used the log tells few', async () => {
  const told: string[] = [];
  const key = await generateKey('ssh-ed25519');
  const authorizedKeys = () => `unheard-of ${formatPublicKey(key.public)}\n`.repeat(100);
  const log: Hooks['log'] = ({ message }) => void (/left out/.test(message) && told.push(message));
  expect(await logIn(await serve({ authorizedKeys, log }), 'ada', { method: 'publickey', key })).toBe(
    'takes publickey',
  );
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThan(10);
});
