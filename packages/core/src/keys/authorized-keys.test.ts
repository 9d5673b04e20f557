/** sshd(8), AUTHORIZED_KEYS FILE FORMAT. */
import { expect, test } from 'vitest';
import { parseAuthorizedKeys } from './authorized-keys.js';
import { generateKey } from './private-key.js';
import { formatPublicKey } from './public-key.js';

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
  ['no-pty', '"no-pty"'],
  ['from="10.0.0.0/8,!10.0.0.1",no-pty', '"from", "no-pty"'],
  ['command="echo \\"a b\\" ssh-ed25519"', '"command"'],
  ['command="a, b",environment="SECRET=1"', '"command", "environment"'],
])('never takes a key without the options before it: %s', (options, names) => {
  const { keys, skipped } = parseAuthorizedKeys(`${options} ${line}\n${line}`);
  expect(keys).toHaveLength(1);
  expect(skipped).toEqual([{ line: 1, reason: `options are not supported: ${names}` }]);
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
