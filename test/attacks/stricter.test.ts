/** Group T: where two settings meet, the stricter wins. Each row holds with both settings; without the stricter one, the same is let in. */
import {
  accept,
  adjust,
  connect,
  createServer,
  formatPublicKey,
  generateKey,
  reject,
  type Client,
  type Credential,
  type Hooks,
  type PrivateKey,
  type ServerOptions,
} from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';

const ada = { name: 'ada', id: 7, group: 7, fullName: 'Ada', home: '/', shell: '' };
let hostKey: PrivateKey;
let key: PrivateKey;

beforeAll(async () => {
  [hostKey, key] = await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519')]);
});

/** Logs in and runs a command. @returns what came back, or where it ended. */
async function run(options: ServerOptions, user: string, credentials: readonly Credential[]): Promise<string> {
  const session: ServerOptions['session'] = async (s) => {
    await s.print(`${JSON.stringify(s.request)} ${s.env.get('LANG') ?? ''}`);
    return 0;
  };
  const server = createServer({ hostKeys: [hostKey], session, ...options });
  const [near, far] = memoryLinks();
  void server.accept(far);
  let client: Client;
  try {
    client = await connect(near, { user, verifyHostKey: () => true, credentials });
  } catch {
    return 'no login';
  }
  try {
    return new TextDecoder().decode((await client.exec('asked')).stdout).trim();
  } catch {
    return 'no session';
  } finally {
    client.close();
  }
}

const none: readonly Credential[] = [{ method: 'none' }];
const word = (password: string): readonly Credential[] => [{ method: 'password', password }];
const everything: Hooks = {
  none: () => accept,
  password: () => accept,
  authorizedKeys: () => accept,
  keyboardInteractive: () => accept,
};
const line = (options: string): string => `${options} ${formatPublicKey(key.public)}\n`;
const asked = '{"type":"exec","command":"asked"}';

interface Row {
  readonly name: string;
  readonly strict: ServerOptions;
  readonly lenient: ServerOptions;
  readonly user?: string;
  readonly credentials?: () => readonly Credential[];
  /** What comes of it with the stricter setting, and without. */
  readonly outcome: readonly [strict: string, lenient: string];
}

const IN = ['no login', asked] as const;
const byKey = (): readonly Credential[] => [{ method: 'publickey', key }];

const rows: readonly Row[] = [
  {
    name: 'rootLogin off, and every hook accepts root',
    user: 'root',
    strict: { hooks: everything },
    lenient: { hooks: everything, policy: { rootLogin: true } },
    outcome: IN,
  },
  {
    name: 'rootLogin off, and an account of another name has the id 0',
    strict: { hooks: { ...everything, account: () => ({ ...ada, id: 0 }) } },
    lenient: { hooks: { ...everything, account: () => ada } },
    outcome: IN,
  },
  {
    name: 'rootPassword off, rootLogin on, and the hook accepts the password',
    user: 'root',
    strict: { hooks: { password: () => accept }, policy: { rootLogin: true } },
    lenient: { hooks: { password: () => accept }, policy: { rootLogin: true, rootPassword: true } },
    credentials: () => word('x'),
    outcome: IN,
  },
  {
    name: 'blankPassword off, and the hook accepts a blank one',
    strict: { hooks: { password: () => accept } },
    lenient: { hooks: { password: () => accept }, policy: { blankPassword: true } },
    credentials: () => word(''),
    outcome: IN,
  },
  {
    name: 'passwordLogin off, and the hook methods offers it to this user',
    strict: { hooks: { password: () => accept, methods: () => ['password'] }, policy: { passwordLogin: false } },
    lenient: { hooks: { password: () => accept, methods: () => ['password'] } },
    credentials: () => word('x'),
    outcome: IN,
  },
  {
    name: 'methods without password, and the hook accepts it',
    strict: { hooks: { password: () => accept, methods: () => ['publickey'] } },
    lenient: { hooks: { password: () => accept } },
    credentials: () => word('x'),
    outcome: IN,
  },
  {
    name: 'no login by password for this user, and the hook accepts it',
    strict: { hooks: { password: () => accept, account: () => ada, passwordHash: () => reject('no') } },
    lenient: { hooks: { password: () => accept, account: () => ada } },
    credentials: () => word('x'),
    outcome: IN,
  },
  {
    name: 'a user whom nobody knows, and a key that is accepted',
    strict: { hooks: { authorizedKeys: () => accept, account: () => undefined } },
    lenient: { hooks: { authorizedKeys: () => accept } },
    credentials: byKey,
    outcome: IN,
  },
  {
    name: 'the method accepts, and authenticated refuses',
    strict: { hooks: { none: () => accept, authenticated: () => reject('no') } },
    lenient: { hooks: { none: () => accept } },
    outcome: IN,
  },
  {
    name: 'a command that the key forces, and the hook adjusts it',
    strict: { hooks: { authorizedKeys: () => line('command="forced"'), command: () => adjust({ command: 'mine' }) } },
    lenient: { hooks: { authorizedKeys: () => line('no-pty'), command: () => adjust({ command: 'mine' }) } },
    credentials: byKey,
    outcome: ['{"type":"exec","command":"forced"}', '{"type":"exec","command":"mine"}'],
  },
  {
    name: 'a variable that the key sets, and the hook sets it too',
    strict: {
      hooks: { authorizedKeys: () => line('environment="LANG=C"'), command: () => adjust({ env: { LANG: 'nl' } }) },
    },
    lenient: { hooks: { authorizedKeys: () => line('no-pty'), command: () => adjust({ env: { LANG: 'nl' } }) } },
    credentials: byKey,
    outcome: [`${asked} C`, `${asked} nl`],
  },
  {
    name: 'channel refuses, and command has a handler',
    strict: { hooks: { none: () => accept, channel: () => reject('no'), command: () => () => 0 } },
    lenient: { hooks: { none: () => accept, command: () => undefined } },
    outcome: ['no session', asked],
  },
  {
    name: 'command refuses, and the server has a handler',
    strict: { hooks: { none: () => accept, command: () => reject('no') } },
    lenient: { hooks: { none: () => accept } },
    outcome: ['no session', asked],
  },
];

describe('the stricter of two settings wins', () => {
  test.each(rows.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
    const { user = 'ada', credentials = () => none, strict, lenient, outcome } = row;
    expect([await run(strict, user, credentials()), await run(lenient, user, credentials())]).toEqual(outcome);
  });
});
