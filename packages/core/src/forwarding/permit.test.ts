/** sshd_config(5), PermitOpen and PermitListen. */
import { expect, test } from 'vitest';
import { isPublicAddress, permit, type ForwardRequest, type ForwardRules } from './index.js';

const tcp = (host: string, port: number, addresses: readonly string[] = ['192.0.43.10']): ForwardRequest => ({
  type: 'direct-tcpip',
  host,
  port,
  originHost: '',
  originPort: 0,
  resolve: () => Promise.resolve(addresses),
});
const listen = (host: string, port: number): ForwardRequest => ({ type: 'tcpip-forward', host, port });
const open = (path: string): ForwardRequest => ({ type: 'direct-streamlocal@openssh.com', path });

test.each<[ForwardRules, ForwardRequest, boolean]>([
  [{}, tcp('db', 5432), false],
  [{ open: ['db:5432'] }, tcp('db', 5432), true],
  [{ open: ['db:5432'] }, tcp('DB', 5432), true],
  [{ open: ['db:5432'] }, tcp('db', 5433), false],
  [{ open: ['db:5432'] }, tcp('db.', 5432), false],
  [{ open: ['db:*'] }, tcp('db', 1), true],
  [{ open: ['127.0.0.1:80'] }, tcp('127.0.0.1', 80, ['127.0.0.1']), true],
  [{ open: ['[::1]:80'] }, tcp('::1', 80, ['::1']), true],
  [{ open: ['*:443'] }, tcp('example.com', 443), true],
  [{ open: ['*:443'] }, tcp('localhost', 443, ['127.0.0.1']), false],
  [{ open: ['*:443'] }, tcp('rebinding.example', 443, ['192.0.43.10', '10.0.0.1']), false],
  [{ open: ['*:443'] }, tcp('unknown', 443, []), false],
  [{ open: ['*:443'], privateAddresses: true }, tcp('localhost', 443, ['127.0.0.1']), true],
  [{ open: ['*:443', 'localhost:443'] }, tcp('localhost', 443, ['127.0.0.1']), true],
  [{ open: ['db:5432'] }, listen('db', 5432), false],
  [{ listen: ['8080'] }, listen('', 8080), true],
  [{ listen: ['8080'] }, listen('localhost', 8081), false],
  [{ listen: ['8080'] }, listen('localhost', 0), false],
  [{ listen: ['localhost:*'] }, listen('localhost', 0), true],
  [{ listen: ['localhost:*'] }, listen('', 0), false],
  [{ openPaths: ['/run/db/*'] }, open('/run/db/socket'), true],
  [{ openPaths: ['/run/db/*'] }, open('/run/db/../docker.sock'), false],
  [{ openPaths: ['/run/db/*'] }, { type: 'streamlocal-forward@openssh.com', path: '/run/db/x' }, false],
  [{ listenPaths: ['/tmp/*'] }, { type: 'streamlocal-forward@openssh.com', path: '/tmp/x' }, true],
  [{ agent: true }, { type: 'auth-agent-req@openssh.com' }, true],
  [{ x11: true }, { type: 'auth-agent-req@openssh.com' }, false],
  [{ x11: true }, { type: 'x11-req', singleConnection: false, screenNumber: 0 }, true],
])('%j and %j: %s', async (rules, request, isAllowed) => {
  expect(await permit(rules, 'yes')(request)).toBe(isAllowed ? 'yes' : undefined);
});

test('a rule that does not exist', () => {
  expect(() => permit({ opne: ['db:80'] } as ForwardRules, true)).toThrow('there is no "opne" in the rules');
});

test.each(['open', 'listenPaths', 'agent'])('a rule that is a text: %s', (name) => {
  expect(() => permit({ [name]: 'db:80' }, true)).toThrow(`the rule "${name}" must be a list or true`);
});

test.each(['db', 'db:', 'db:99999', ':80', 'a b:80', '::1:80', 'db:80:90'])(
  'a rule that cannot be read: %s',
  (rule) => {
    expect(() => permit({ open: [rule] }, true)).toThrow(/host:port/);
  },
);

test.each([
  ['192.0.43.10', true],
  ['2606:4700::1', true],
  ['127.0.0.1', false],
  ['0.0.0.0', false],
  ['10.1.2.3', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['172.31.255.255', false],
  ['192.168.1.1', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:192.0.43.10', true],
  ['fe80::1%eth0', false],
  ['fd00::1', false],
  ['64:ff9b::7f00:1', false],
  ['2002:7f00:1::', false],
  ['0x7f000001', false],
  ['localhost', false],
])('RFC 6890: %s is public: %s', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});
