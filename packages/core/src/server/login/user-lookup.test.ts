import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../errors.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { HookRunner } from '../hook-runner.js';
import type { Attempt, Hooks } from '../hooks.js';
import { accept, reject } from '../verdict.js';
import { dummyAccount, LOCKED } from './account.js';
import { DEFAULT_POLICY, type Policy } from './policy.js';
import { lookUp, type User } from './user-lookup.js';

const ada = { name: 'ada', id: 7, group: 8, fullName: 'Ada L.', home: '/home/ada', shell: '/bin/sh' };

/** Looks a user up. @returns the result, and the hooks that were asked. */
async function find(
  hooks: Hooks,
  { asked = 'ada', policy = {} }: { readonly asked?: string; readonly policy?: Partial<Policy> } = {},
): Promise<User & { readonly calls: readonly string[] }> {
  const calls: string[] = [];
  const noted = Object.fromEntries(
    Object.entries(hooks).map(([name, hook]: [string, (...given: never[]) => unknown]) => [
      name,
      (...given: never[]) => {
        calls.push(name);
        return hook(...given);
      },
    ]),
  ) as Hooks;
  const runner = new HookRunner(new ManualClock(), 1000, { log: () => undefined });
  const attempt = { user: asked, method: 'password' } as Attempt;
  return { ...(await lookUp(noted, { ...DEFAULT_POLICY, ...policy }, runner, attempt)), calls };
}

const refuse = () => reject('no');
const fail = (): never => {
  throw new Error('no');
};

describe('username', () => {
  test('accept: known by a dummy account, and the next two are skipped', async () => {
    const user = await find({ username: () => accept, account: () => ada, passwordHash: () => 'x' });
    expect(user).toMatchObject({ isBarred: false, storedHash: LOCKED, calls: ['username'] });
    expect(user.account).toMatchObject({ name: 'ada', home: '/' });
    expect(user.account?.id).not.toBe(0);
  });
  test('an account: known by it, its hash too', async () => {
    const user = await find({ username: () => ({ ...ada, name: 'countess', passwordHash: '$x' }), passwordHash: fail });
    expect(user).toMatchObject({ name: 'countess', isBarred: false, storedHash: '$x', calls: ['username'] });
  });
  test.each([refuse, fail])('failure: unknown, and nobody else is asked', async (username) => {
    const user = await find({ username, account: () => ada });
    expect(user).toMatchObject({ name: 'ada', isBarred: true, calls: ['username'] });
    expect(user.account).toEqual(dummyAccount('ada'));
  });
});

describe('account', () => {
  test('asked when username has no opinion; another name is the user from here on', async () => {
    const hashes: unknown[] = [];
    const user = await find({
      username: () => undefined,
      account: () => ({ ...ada, name: 'countess', passwordHash: '$a' }),
      passwordHash: ({ user: name, account }, current) => void hashes.push(name, account?.name, current),
    });
    expect(user).toMatchObject({ name: 'countess', storedHash: '$a', isBarred: false, isBarredByPassword: false });
    expect(user.calls).toEqual(['username', 'account', 'passwordHash']);
    expect(hashes).toEqual(['countess', 'countess', '$a']);
  });
  test.each([refuse, fail])('failure: unknown, and the next is not asked', async (account) => {
    const user = await find({ account, passwordHash: () => '$x' });
    expect(user).toMatchObject({ isBarred: true, calls: ['account'] });
  });
  test.each([
    ['accept', accept],
    ['a name that is none', { ...ada, name: '' }],
    ['an id that is none', { ...ada, id: -1 }],
    ['a control character', { ...ada, home: '/home\n' }],
    ['no shell', { ...ada, shell: undefined }],
    ['null', null],
    ['a text', 'ada'],
  ])('%s ends the connection', async (_name, answer) => {
    await expect(find({ account: () => answer as never })).rejects.toThrow(ConfigurationError);
  });
});

describe('passwordHash', () => {
  test('is asked after continue of account too: a hash makes the user known', async () => {
    const currents: string[] = [];
    const hooks = {
      account: () => undefined,
      passwordHash: (_: Attempt, current: string) => (currents.push(current), '$h'),
    };
    expect(await find(hooks)).toMatchObject({ isBarred: false, storedHash: '$h' });
    expect(currents).toEqual([LOCKED]);
  });
  test('a hash takes the place of the account’s; without an opinion that stays', async () => {
    const account = () => ({ ...ada, passwordHash: '$a' });
    expect(await find({ account, passwordHash: () => '$b' })).toMatchObject({ storedHash: '$b' });
    expect(await find({ account, passwordHash: () => undefined })).toMatchObject({ storedHash: '$a' });
  });
  test.each([refuse, fail])('failure: no login by password, others go on', async (passwordHash) => {
    const user = await find({ account: () => ({ ...ada, passwordHash: '$a' }), passwordHash });
    expect(user).toMatchObject({ isBarred: false, isBarredByPassword: true, storedHash: LOCKED });
  });
  test.each([null, 7, 'a\nb', {}])('%j ends the connection', async (hash) => {
    await expect(find({ passwordHash: () => hash as never })).rejects.toThrow(ConfigurationError);
  });
});

test('all without an opinion: unknown; none of them given: every name is known, by a dummy account', async () => {
  const nothing = () => undefined;
  expect(await find({ username: nothing, account: nothing, passwordHash: nothing })).toMatchObject({ isBarred: true });
  expect(await find({})).toMatchObject({ isBarred: false, isBarredByPassword: false, account: { name: 'ada' } });
});

describe('root', () => {
  const byId = { account: () => ({ ...ada, id: 0 }) };
  const byName = { account: () => ({ ...ada, name: 'root' }) };
  const unlike = { account: () => ada };
  test.each([
    ['the id 0', byId, 'ada'],
    ['the canonical name', byName, 'ada'],
    ['the name that was asked for', unlike, 'root'],
    ['the name, where nobody looks it up', {}, 'root'],
  ])('%s is root: refused, and by password unless that is allowed too', async (_name, hooks, asked) => {
    expect(await find(hooks, { asked })).toMatchObject({ isBarred: true });
    const login = { rootLogin: true };
    expect(await find(hooks, { asked, policy: login })).toMatchObject({ isBarred: false, isBarredByPassword: true });
    const both = { rootLogin: true, rootPassword: true };
    expect(await find(hooks, { asked, policy: both })).toMatchObject({ isBarred: false, isBarredByPassword: false });
    expect(await find(hooks, { asked, policy: { rootPassword: true } })).toMatchObject({ isBarredByPassword: true });
  });
});
