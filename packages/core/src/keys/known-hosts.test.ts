/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
import { expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { parseKnownHosts } from './known-hosts.js';
import { generateKey } from './portable-keys.js';
import { formatPublicKey } from './public-key.js';

const [first, second, other] = (
  await Promise.all([generateKey('ssh-ed25519'), generateKey('ssh-ed25519'), generateKey('ecdsa-sha2-nistp256')])
).map((key) => key.public) as [Key, Key, Key];
type Key = Awaited<ReturnType<typeof generateKey>>['public'];

test('tells a trusted, an unknown and a changed key apart', () => {
  const hosts = parseKnownHosts(`example.org,192.0.2.1 ${formatPublicKey(first)} comment\n`);
  expect(hosts.verify('example.org')(first)).toBe('trusted');
  expect(hosts.verify('EXAMPLE.org')(first)).toBe('trusted');
  expect(hosts.verify('192.0.2.1')(first)).toBe('trusted');
  expect(hosts.verify('example.org')(second)).toBe('changed');
  expect(hosts.verify('example.com')(first)).toBe('unknown');
});

test('a host known by keys of other types only counts as changed', () => {
  const hosts = parseKnownHosts(`example.org ${formatPublicKey(first)}\n`);
  expect(hosts.verify('example.org')(other)).toBe('changed');
  expect(hosts.keyTypes('example.org')).toEqual(['ssh-ed25519']);
  expect(hosts.keyTypes('example.com')).toEqual([]);
});

test('a port other than 22 is part of the name', () => {
  const hosts = parseKnownHosts(`[example.org]:2222 ${formatPublicKey(first)}\n`);
  expect(hosts.verify('example.org', 2222)(first)).toBe('trusted');
  expect(hosts.verify('example.org')(first)).toBe('unknown');
  expect(hosts.verify('example.org', 2223)(first)).toBe('unknown');
});

test('a key of port 22 is known on every port, as in OpenSSH; any other is not changed there, but unknown', () => {
  const hosts = parseKnownHosts(
    `example.org ${formatPublicKey(first)}\n@revoked example.org ${formatPublicKey(other)}\n`,
  );
  const verify = hosts.verify('example.org', 2222);
  expect([verify(first), verify(second), verify(other)]).toEqual(['trusted', 'unknown', 'revoked']);
  expect(verify.keyTypes).toEqual(['ssh-ed25519']);
  const own = parseKnownHosts(`${hosts.format()}[example.org]:2222 ${formatPublicKey(second)}\n`);
  expect(own.verify('example.org', 2222)(first)).toBe('changed');
});

test('patterns match and negated ones exclude', () => {
  const hosts = parseKnownHosts(`*.example.org,!bad.example.org,10.0.0.? ${formatPublicKey(first)}\n`);
  expect(hosts.verify('a.example.org')(first)).toBe('trusted');
  expect(hosts.verify('bad.example.org')(first)).toBe('unknown');
  expect(hosts.verify('10.0.0.7')(first)).toBe('trusted');
});

test('@revoked beats every other line', () => {
  const key = formatPublicKey(first);
  const hosts = parseKnownHosts(`example.org ${key}\n@revoked * ${key}\n`);
  expect(hosts.verify('example.org')(first)).toBe('revoked');
  expect(hosts.verify('unheard.of')(first)).toBe('revoked');
  expect(hosts.verify('unheard.of')(second)).toBe('unknown');
});

test('a line of a certificate authority trusts nothing by itself', () => {
  const hosts = parseKnownHosts(`@cert-authority * ${formatPublicKey(first)}\n`);
  expect(hosts.verify('example.org')(first)).toBe('unknown');
  expect(hosts.skipped).toEqual([]);
});

test.each([false, true])('adds hosts, hashed: %s, and knows them in the file that it writes', (hashed) => {
  const text = '# kept as it is\n\nssomething that is no entry\n';
  const hosts = parseKnownHosts(text);
  const verify = hosts.verify('Example.org', 2222);
  expect(verify(first)).toBe('unknown');
  hosts.add('Example.org', 2222, first.blob, { hashed, comment: 'seen today' });
  expect(verify(first)).toBe('trusted');
  const written = hosts.format();
  expect(written.startsWith(text)).toBe(true);
  expect(written.includes('example.org')).toBe(!hashed);
  const again = parseKnownHosts(written);
  expect(again.verify('example.org', 2222)(first)).toBe('trusted');
  expect(again.verify('example.org', 2222)(second)).toBe('changed');
  expect(again.verify('example.org')(first)).toBe('unknown');
  expect(again.format()).toBe(written);
});

test.each(['', 'a b', 'a,b', '*', '@revoked', '|1|x|y', '#x', 'a\nb', '!a'])('does not add the host %j', (host) => {
  expect(() => parseKnownHosts('').add(host, 22, first.blob)).toThrow(ConfigurationError);
});

test('does not add a key or comment that would break the line', () => {
  const hosts = parseKnownHosts('');
  expect(() => hosts.add('a', 22, Uint8Array.of(0, 0, 0, 9))).toThrow(ConfigurationError);
  expect(() => hosts.add('a', 22, first.blob, { comment: 'x\n* ssh-ed25519 AAAA' })).toThrow(ConfigurationError);
  expect(hosts.format()).toBe('');
});

test('says which lines it could not read', () => {
  const { skipped } = parseKnownHosts(`host ssh-ed25519\n|1|?|? ${formatPublicKey(first)}\nhost ssh-rsa AAAA\r\n`);
  expect(skipped.map(({ line }) => line)).toEqual([1, 2, 3]);
});

test('takes out the lines of one key for one host, and keeps all others as they are', () => {
  const shared = `a,b ${formatPublicKey(first)}`;
  const text = `# top\n\n a ${formatPublicKey(first)} x\n${shared}\n@revoked a ${formatPublicKey(first)}\na ${formatPublicKey(second)}\nnonsense\n`;
  const hosts = parseKnownHosts(text);
  hosts.add('a', 22, first.blob, { hashed: true });
  expect(hosts.remove('a', 22, first.blob)).toBe(2);
  expect(hosts.remove('a', 2222, second.blob)).toBe(0);
  expect(hosts.format()).toBe(text.replace(` a ${formatPublicKey(first)} x\n`, ''));
});

test('updates: as OpenSSH, a line for a host and its address goes with its old key; what is added is the host’s', () => {
  const hosts = parseKnownHosts(`a,192.0.2.1 ${formatPublicKey(first)}\n`);
  let saved = '';
  const updates = hosts.updates('a', 22, (text) => void (saved = text));
  expect(updates.known([first.blob, second.blob])).toEqual([first.blob]);
  updates.update({ added: [second.blob], removed: [] });
  expect(saved).toBe(`a,192.0.2.1 ${formatPublicKey(first)}\na ${formatPublicKey(second)}\n`);
  updates.update({ added: [], removed: [first.blob] });
  expect(saved).toBe(`a ${formatPublicKey(second)}\n`);
});

test.each(['a,*.example', '@revoked a,192.0.2.1', 'a,!b', '@cert-authority a,b', 'a,b,c'])(
  'updates: nothing changes where there is the line %s',
  (start) => {
    const hosts = parseKnownHosts(`${start} ${formatPublicKey(first)}\n`);
    expect(hosts.updates('a', 22, () => undefined).known([first.blob, second.blob])).toBeUndefined();
  },
);

test('updates: a host of its own line is brought up to date, in place of its old keys', () => {
  const hosts = parseKnownHosts(`b ${formatPublicKey(other)}\na ${formatPublicKey(first)}\n`);
  let saved = '';
  const updates = hosts.updates('a', 22, (text) => {
    saved = text;
  });
  expect(updates.known([first.blob, second.blob])).toEqual([first.blob]);
  updates.update({ added: [second.blob], removed: [first.blob] });
  expect(saved).toBe(`b ${formatPublicKey(other)}\na ${formatPublicKey(second)}\n`);
  expect(hosts.verify('a')(first)).toBe('changed');
  // `other` is b's key: nobody here knows which of the two hosts it belongs to now.
  expect(updates.known([other.blob])).toBeUndefined();
});
