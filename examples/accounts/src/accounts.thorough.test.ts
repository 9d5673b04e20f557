/**
 * From no account to one with a changed password, with clients in memory; the database is in memory too. Every new password is hashed
 * with its real parameters, which takes half a second: that is why this is not a unit test.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  acceptAnyHostKey,
  connect,
  createServer,
  generateKey,
  type Client,
  type Credential,
  type Server,
} from '@nacre/core';
import { verifyPassword } from '@nacre/core/passwords';
import { memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { accountServer } from './account-server.js';
import { Accounts } from './accounts.js';

async function start(accounts: Accounts): Promise<Server> {
  const hostKeys = [await generateKey('ssh-ed25519')];
  const server = createServer({ ...accountServer(accounts), crypto: nodeCrypto, hostKeys });
  onTestFinished(() => server.close());
  return server;
}

function logIn(server: Server, user: string, credential: Credential): Promise<Client> {
  const [near, far] = memoryLinks();
  void server.accept(far);
  return connect(near, {
    user,
    credentials: [credential],
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
  });
}

/** Types `lines`. @returns what the terminal then shows, and the exit status. */
async function converse(
  client: Client,
  lines: readonly string[],
  command?: string,
): Promise<[string, number | undefined]> {
  const pty = { columns: 80, rows: 24 };
  const remote = await (command === undefined ? client.shell({ pty }) : client.spawn(command, { pty }));
  await remote.write(lines.map((line) => `${line}\r`).join(''));
  const text = new TextDecoder();
  let shown = '';
  for (let chunk = await remote.read(); chunk !== undefined; chunk = await remote.read()) shown += text.decode(chunk);
  return [shown, (await remote.exited).exitCode];
}

/** Of `correct horse`, with the least work possible. */
const HASH = '$scrypt$ln=1,r=8,p=1$BwcHBwcHBwcHBwcHBwcHBw$ltVhIYW5rvRB/NGVnfzlOCnsq036kFXRFz1p+DAjmNA';

const password = (text: string): Credential => ({ method: 'password', password: text });

test('the user `new` makes an account; its password is neither shown nor stored', async () => {
  const accounts = new Accounts(':memory:');
  const client = await logIn(await start(accounts), 'new', { method: 'none' });
  const made = await converse(client, ['anna', 'correct horse']);
  expect(made).toEqual([expect.stringContaining('Now log in as anna.'), 0]);
  expect(made[0]).not.toContain('horse');
  expect(accounts.find('anna')).toMatchObject({
    name: 'anna',
    id: 1,
    passwordHash: expect.stringMatching(/^\$scrypt\$/),
  });
});

test('an account logs in by its password, and changes it', async () => {
  const accounts = new Accounts(':memory:');
  accounts.add('anna', HASH);
  accounts.add('ben', HASH);
  const client = await logIn(await start(accounts), 'anna', password('correct horse'));
  expect((await converse(client, []))[0]).toContain('Welcome back, anna.');
  expect(await converse(client, ['battery staple'], 'passwd')).toEqual([expect.stringContaining('It is changed.'), 0]);
  expect(await verifyPassword('battery staple', accounts.find('anna')?.passwordHash ?? '')).toBe(true);
  expect(accounts.find('ben')?.passwordHash).toBe(HASH);
});

test('a name that is taken, or is none, and a short password make no account', async () => {
  const accounts = new Accounts(':memory:');
  accounts.add('anna', HASH);
  const client = await logIn(await start(accounts), 'new', { method: 'none' });
  expect(await converse(client, ['anna', 'battery staple'])).toEqual([expect.stringContaining('already taken'), 1]);
  for (const name of ['new', 'Anna', "x' OR 1=1 --", ''])
    expect(await converse(client, [name])).toEqual([expect.stringContaining('A name has'), 1]);
  expect(await converse(client, ['ben', 'short'])).toEqual([expect.stringContaining('at least'), 1]);
  expect([accounts.find('anna')?.passwordHash, accounts.find('ben')]).toEqual([HASH, undefined]);
});

test('Security: nobody but `new` gets in by nothing, and `new` not by a password', async () => {
  const accounts = new Accounts(':memory:');
  accounts.add('anna', HASH);
  const server = await start(accounts);
  await logIn(server, 'anna', password('correct horse'));
  const refused = { name: 'AuthenticationError' };
  await expect(logIn(server, 'anna', { method: 'none' })).rejects.toMatchObject(refused);
  await expect(logIn(server, 'new', password(''))).rejects.toMatchObject(refused);
  await expect(logIn(server, 'ben', password('correct horse'))).rejects.toMatchObject(refused);
});

test('accounts are there after the program has ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-accounts-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const first = new Accounts(join(folder, 'accounts.db'));
  first.add('anna', HASH);
  first.close();
  const second = new Accounts(join(folder, 'accounts.db'));
  onTestFinished(() => second.close());
  expect(second.find('anna')).toMatchObject({ name: 'anna', id: 1 });
});
