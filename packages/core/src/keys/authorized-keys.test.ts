/** sshd(8), AUTHORIZED_KEYS FILE FORMAT. */
import { expect, test } from 'vitest';
import type { KeyOptions } from './authorized-key-options.js';
import { parseAuthorizedKeys } from './authorized-keys.js';
import { generateKey } from './portable-keys.js';
import { formatPublicKey } from './public-key.js';
import { UNRESTRICTED, type Restrictions } from './restrictions.js';

const key = (await generateKey('ssh-ed25519')).public;
const line = formatPublicKey(key);
const ecdsa = formatPublicKey((await generateKey('ecdsa-sha2-nistp256')).public);

test('reads keys, comments, blank lines and CRLF', () => {
  const { keys, skipped } = parseAuthorizedKeys(`# mine\r\n\r\n  ${line} me @ home \r\n\t# other\n${ecdsa}`);
  expect(skipped).toEqual([]);
  expect(keys.map(({ type, comment }) => [type, comment])).toEqual([
    ['ssh-ed25519', 'me @ home'],
    ['ecdsa-sha2-nistp256', ''],
  ]);
  expect(keys[0]?.blob).toEqual(key.blob);
});

test.each([
  ['unheard-of', 'the option "unheard-of" is not supported'],
  ['no-pty,constructor', 'the option "constructor" is not supported'],
  ['no-pty,from="10.0.0.1",from="10.0.0.2"', 'the option "from" is malformed or contradicts another'],
  ['command="a",command="b"', 'the option "command" is malformed or contradicts another'],
  ['principals="a"', 'principals= is only for a cert-authority'],
  ['command=ls', 'the option "command" is malformed or contradicts another'],
  ['command', 'the option "command" is malformed or contradicts another'],
  ['no-pty="yes"', 'the option "no-pty" is malformed or contradicts another'],
  ['environment="A-B=1"', 'the option "environment" is malformed or contradicts another'],
  ['permitopen="host"', 'the option "permitopen" is malformed or contradicts another'],
  ['permitopen="host:0"', 'the option "permitopen" is malformed or contradicts another'],
  ['permitopen="host:65536"', 'the option "permitopen" is malformed or contradicts another'],
  ['permitlisten="::1:80"', 'the option "permitlisten" is malformed or contradicts another'],
  ['expiry-time="20260231"', 'the option "expiry-time" is malformed or contradicts another'],
  ['expiry-time="soon"', 'the option "expiry-time" is malformed or contradicts another'],
  ['tunnel="x"', 'the option "tunnel" is malformed or contradicts another'],
])('never takes a key without the options before it: %s', (options, reason) => {
  const { keys, skipped } = parseAuthorizedKeys(`${options} ${line}\n${line}`);
  expect(keys).toHaveLength(1);
  expect(skipped).toEqual([{ line: 1, reason }]);
});

function optionsOf(options: string): KeyOptions {
  const { keys, skipped } = parseAuthorizedKeys(`${options} ${line}`);
  expect(skipped).toEqual([]);
  return keys[0]!.options!;
}

const nothing = { pty: false, portForwarding: false, agentForwarding: false, x11Forwarding: false, userRc: false };

test.each<[string, Partial<Restrictions>]>([
  ['no-pty', { pty: false }],
  ['NO-PTY', { pty: false }],
  ['no-port-forwarding', { portForwarding: false }],
  ['no-agent-forwarding', { agentForwarding: false }],
  ['no-X11-forwarding', { x11Forwarding: false }],
  ['no-user-rc', { userRc: false }],
  ['restrict', nothing],
  ['restrict,pty,X11-forwarding', { ...nothing, pty: true, x11Forwarding: true }],
  ['pty,restrict', nothing],
  ['restrict,port-forwarding,agent-forwarding,user-rc', { pty: false, x11Forwarding: false }],
  ['command="echo \\"a b\\", c\\\\d ssh-ed25519"', { command: 'echo "a b", c\\\\d ssh-ed25519' }],
  ['command=""', { command: '' }],
  ['environment="A=1",environment="A=2",environment="B_2=x=y"', { environment: { A: '1', B_2: 'x=y' } }],
  [
    'permitopen="DB.internal:5432",permitopen="[::1]:*",permitopen="*:80"',
    {
      permitOpen: [
        { host: 'db.internal', port: 5432 },
        { host: '::1', port: '*' },
        { host: '*', port: 80 },
      ],
    },
  ],
  [
    'permitlisten="8080",permitlisten="*.local:*"',
    {
      permitListen: [
        { host: '*', port: 8080 },
        { host: '*.local', port: '*' },
      ],
    },
  ],
  ['tunnel="any"', {}],
  ['tunnel="0"', {}],
])('%s', (options, expected) => {
  expect(optionsOf(options).restrictions).toEqual({ ...UNRESTRICTED, ...expected });
});

test('64 of a kind are taken in one line', () => {
  const lineWith = (option: (index: number) => string, count: number): string =>
    `${Array.from({ length: count }, (_, index) => option(index)).join(',')} ${line}`;
  for (const option of [
    (index: number) => `permitopen="a:${index + 1}"`,
    (index: number) => `permitlisten="${index + 1}"`,
    (index: number) => `environment="V${index}=x"`,
  ]) {
    expect(parseAuthorizedKeys(lineWith(option, 64)).keys).toHaveLength(1);
    expect(parseAuthorizedKeys(lineWith(option, 65)).skipped).toHaveLength(1);
  }
});

test('Security: what one login is shown of a line is that of all others: nobody can change it', () => {
  const { restrictions } = optionsOf('environment="A=1",permitopen="a:1",permitlisten="b:2"');
  const { environment, permitOpen, permitListen } = restrictions;
  for (const each of [restrictions, environment, permitOpen, permitOpen?.[0], permitListen, permitListen?.[0]])
    expect(Object.isFrozen(each)).toBe(true);
  expect(Object.isFrozen(UNRESTRICTED) && Object.isFrozen(optionsOf('no-pty').restrictions.environment)).toBe(true);
});

test('options that are conditions of the login', () => {
  const options = 'cert-authority,principals="a,b",from="10.0.0.0/8,!10.0.0.1",no-touch-required,verify-required';
  expect(optionsOf(`${options},expiry-time="20270102030405Z",expiry-time="20280101Z"`)).toMatchObject({
    isAuthority: true,
    principals: ['a', 'b'],
    from: '10.0.0.0/8,!10.0.0.1',
    withoutTouch: true,
    withVerification: true,
    expiresAt: Date.UTC(2027, 0, 2, 3, 4, 5),
  });
  expect(optionsOf('expiry-time="202701020304"').expiresAt).toBe(new Date(2027, 0, 2, 3, 4).getTime());
});

test.each([
  ['ssh-dss AAAAB3NzaC1kc3M= old', 'the key type "ssh-dss" is not supported'],
  ['ssh-ed25519', 'a key line is `type base64 comment`'],
  ['ssh-ed25519 not*base64', 'the key is not base64'],
  [line.replace('ssh-ed25519', 'ecdsa-sha2-nistp256'), 'the key is not a usable ecdsa-sha2-nistp256 key'],
  [line.slice(0, -8), 'the key is not a usable ssh-ed25519 key'],
  [`command="oops ${line}`, 'a quote is not closed'],
  ['\u001b[2J x', 'the key type "?[2J" is not supported'],
  ['constructor AAAA', 'the key type "constructor" is not supported'],
])('skips %j', (text, reason) => {
  expect(parseAuthorizedKeys(`${text}\n`)).toEqual({ keys: [], skipped: [{ line: 1, reason }] });
});
