/** The block for ssh_config, and where it is put. */
import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { formatHostBlock } from './host-block.js';
import { putSection, writeSection } from './marked-section.js';

const PROXY = ['ssh-bridge', 'proxy', 'wss://host/a%20b?c=d&e'];

test('a block with the key pinned; words are quoted for the shell and percent signs for ssh', () => {
  expect(formatHostBlock({ host: 'box', user: 'ann', hostKey: 'ssh-ed25519 AAAA comment', proxyCommand: PROXY }))
    .toBe(`Host box
    User ann
    ProxyCommand ssh-bridge proxy 'wss://host/a%%20b?c=d&e'
    HostKeyAlias box
    StrictHostKeyChecking yes
    UserKnownHostsFile none
    GlobalKnownHostsFile none
    KnownHostsCommand /bin/echo box ssh-ed25519 AAAA
`);
});

test.each([
  { host: 'a b' },
  { host: 'box\nProxyCommand evil' },
  { host: '*' },
  { host: '-x' },
  { user: 'a\nb' },
  { hostKey: 'nonsense' },
  { hostKey: 'ssh-ed25519 $(evil)' },
  { proxyCommand: ['a\nb'] },
])('%j is refused', (wrong) => {
  expect(() => formatHostBlock({ host: 'box', proxyCommand: PROXY, ...wrong })).toThrow(
    expect.objectContaining({ exitCode: 64 }),
  );
});

test('a quote in a word does not end its quotes', () => {
  expect(formatHostBlock({ host: 'box', proxyCommand: ["a'b"] })).toContain("ProxyCommand 'a'\\''b'\n");
});

test('a section goes in front once, is replaced from then on, and the rest stays', () => {
  const first = putSection('Host other\n', 'box', 'Host box\n    Port 1\n');
  expect(first).toBe('# >>> ssh-bridge box >>>\nHost box\n    Port 1\n# <<< ssh-bridge box <<<\n\nHost other\n');
  expect(putSection(first, 'box', 'Host box\n    Port 1\n')).toBe(first);
  const second = putSection(`Host before\n${first}`, 'box', 'Host box\n    Port 2\n');
  expect(second).toBe(`Host before\n${first.replace('Port 1', 'Port 2')}`);
  expect(putSection('', 'box', 'x')).toBe('# >>> ssh-bridge box >>>\nx\n# <<< ssh-bridge box <<<\n');
});

test.each(['# >>> ssh-bridge box >>>\n', '# <<< ssh-bridge box <<<\n# >>> ssh-bridge box >>>\n'])(
  'marks that do not match are left to a human',
  (text) => {
    expect(() => putSection(text, 'box', 'x')).toThrow('do not match');
  },
);

test('the file is made for its owner only, is changed through a link, keeps its mode, and nothing is left beside it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-config-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const fresh = join(directory, 'new', 'config');
  expect(await writeSection(fresh, 'box', 'Host box')).toBe(true);
  expect((await stat(fresh)).mode & 0o777).toBe(0o600);
  expect(await writeSection(fresh, 'box', 'Host box')).toBe(false);
  const [real, link] = [join(directory, 'real'), join(directory, 'link')];
  await writeFile(real, 'Host other\n');
  await chmod(real, 0o640);
  await symlink(real, link);
  await writeSection(link, 'box', 'Host box');
  expect(await readFile(real, 'utf8')).toMatch(/^# >>> [^]*Host other\n$/);
  expect((await stat(real)).mode & 0o777).toBe(0o640);
  expect((await readdir(directory)).toSorted()).toEqual(['link', 'new', 'real']);
});
