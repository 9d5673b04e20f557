import {
  AuthenticationError,
  formatPublicKey,
  generateKey,
  type Challenge,
  type Credential,
  type PrivateKey,
} from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { openPlayground, password, run, type Playground } from './testing/visit.js';

let key: PrivateKey;
let stranger: PrivateKey;
let playground: Playground;

beforeAll(async () => {
  key = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
  stranger = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
  playground = await openPlayground({ authorizedKeys: formatPublicKey(key.public) });
});

const withKey = (signer: PrivateKey): Credential => ({ method: 'publickey', key: signer });
const none: Credential = { method: 'none' };

function answers(...given: readonly string[]): { credential: Credential; challenges: Challenge[] } {
  const challenges: Challenge[] = [];
  const answer = (challenge: Challenge): readonly string[] => {
    challenges.push(challenge);
    return given;
  };
  return { credential: { method: 'keyboard-interactive', answer }, challenges };
}

async function expectIn(user: string, ...credentials: readonly Credential[]): Promise<void> {
  await using client = await playground.visit(user, ...credentials);
  expect((await run(client, 'whoami')).stdout).toBe(`${user}\n`);
}

async function expectOut(user: string, ...credentials: readonly Credential[]): Promise<void> {
  await expect(playground.visit(user, ...credentials)).rejects.toThrow(AuthenticationError);
}

describe('demo', () => {
  test('gets in with the password', () => expectIn('demo', password('demo')));
  test('and with nothing else', async () => {
    await expectOut('demo', password('Demo'));
    await expectOut('demo', none);
    await expectOut('demo', withKey(key));
    await expectOut('demo', answers('demo', '123456').credential);
  });
  test('Interop: is not asked questions, which OpenSSH and PuTTY would put before the password', async () => {
    const { credential, challenges } = answers('demo', '123456');
    await expectIn('demo', credential, password('demo'));
    expect(challenges).toEqual([]);
  });
});

describe('guest', () => {
  test('gets in as he is', () => expectIn('guest', none));
  test('but a password does not help', () => expectOut('guest', password('demo')));
});

describe('otp', () => {
  test('answers a hidden and a shown question', async () => {
    const { credential, challenges } = answers('demo', '123456');
    await expectIn('otp', credential);
    expect(challenges.map(({ prompts }) => prompts)).toEqual([
      [
        { prompt: 'Password: ', echo: false },
        { prompt: 'Token: ', echo: true },
      ],
    ]);
  });
  test('and both have to be right', async () => {
    await expectOut('otp', answers('demo', '123457').credential);
    await expectOut('otp', answers('nope', '123456').credential);
    await expectOut('otp', answers('demo').credential);
    await expectOut('otp', password('demo'));
  });
});

describe('keys', () => {
  test('shows a key that was authorized', () => expectIn('keys', withKey(key)));
  test('and no other, nor a password', async () => {
    await expectOut('keys', withKey(stranger));
    await expectOut('keys', password('demo'));
  });
  test('nobody has a key where none was given', async () => {
    const closed = await openPlayground();
    await expect(closed.visit('keys', withKey(key))).rejects.toThrow(AuthenticationError);
  });
});

describe('both', () => {
  test('shows a key, then the password', () => expectIn('both', withKey(key), password('demo')));
  test('RFC 4252 §5.1: the key alone is a part, and says what is left', async () => {
    const refusal = await playground.visit('both', withKey(key)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AuthenticationError);
    expect(refusal).toMatchObject({ methods: ['password'] });
  });
  test('the password alone, before the key, or after a wrong one, is nothing', async () => {
    await expectOut('both', password('demo'));
    await expectOut('both', password('demo'), withKey(key));
    await expectOut('both', withKey(stranger), password('demo'));
    await expectOut('both', withKey(key), password('wrong'));
  });
  test('Security: the public half of an authorized key, with a signature that is not its own, is nothing', async () => {
    const { publicKey, algorithms } = key;
    const forged = { publicKey, algorithms, sign: stranger.sign.bind(stranger) };
    await expectOut('both', { method: 'publickey', key: forged }, password('demo'));
    await expectOut('keys', { method: 'publickey', key: forged });
  });
});

test('an unknown name meets the same methods as a known one, and no questions', async () => {
  const methods = async (user: string): Promise<readonly string[]> => {
    const refusal = await playground.visit(user, password('wrong')).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AuthenticationError);
    return (refusal as AuthenticationError).methods;
  };
  expect(await methods('nobody')).toEqual(await methods('demo'));
  expect(await methods('nobody')).toEqual(await methods('both'));
  const { credential, challenges } = answers('demo', '123456');
  await expectOut('nobody', password('demo'), withKey(key), none, credential);
  expect(challenges).toEqual([]);
});
