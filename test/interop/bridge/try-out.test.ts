/** As a newcomer would try it: the demo with the block it prints, and mistakes, each answered in one line that says what to try. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../../../packages/bridge/src/testing/certificates.js';
import { startSshd } from './sshd.js';
import { freePort, isMissing, start, temporaryFolder, type Finished } from '../processes.js';
import { useBridge } from './bridge.js';

const bundle = useBridge();

const bridge = (...words: readonly string[]): Promise<Finished> =>
  start(onTestFinished, process.execPath, [bundle.path, ...words], { input: '' }).finished;

/** One line on standard error, nothing on standard output, and this exit code. */
async function complaint(exitCode: number, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await bridge(...words);
  expect([code, stdout.toString()]).toEqual([exitCode, '']);
  expect(stderr).toMatch(/^ssh-bridge: [^\n]+\n$/);
  return stderr;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a wrong URL: the name, and doctor as the next command, which says the same', async () => {
  await expectComplaint(/name resolution failed: no-such-host\.invalid: .*check the spelling/, {
    exitCode: 69,
    url: 'wss://no-such-host.invalid/',
    next: 'getent hosts no-such-host.invalid',
  });
});

test('a web address, and a word that is no verb', async () => {
  expect(await complaint(64, 'https://bridge.example.org/path')).toContain('try wss://bridge.example.org/path');
  expect(await complaint(64, 'frobnicate')).toContain(`; next: ${process.execPath} ${bundle.path} --help`);
});

test('a word that is no verb, with a request for help before or behind it: it is named', async () => {
  const help = `; next: ${process.execPath} ${bundle.path} --help`;
  for (const words of [
    ['help', 'demoo'],
    ['demoo', '--help'],
    ['demoo', 'ws://127.0.0.1:1/'],
  ])
    expect(await complaint(64, ...words)).toBe(`ssh-bridge: unknown command 'demoo' (Did you mean demo?)${help}\n`);
  const known = await bridge('help', 'demo');
  expect([known.code, known.stdout.toString().split('\n')[0]]).toEqual([0, 'Usage: ssh-bridge demo [options]']);
  expect(await bridge('help', 'help')).toEqual(await bridge('help'));
});

test('flags before the verb: the verb that has them, not another that is the value of one', async () => {
  const next = (...words: readonly string[]): string =>
    `; next: ${[process.execPath, bundle.path, ...words].join(' ')}\n`;
  expect(await complaint(64, '-v', 'proxy', 'ws://127.0.0.1:1/')).toBe(
    `ssh-bridge: -v comes before the verb; write proxy first, then its flags${next('proxy', '--help')}`,
  );
  expect(await complaint(64, '--user', 'demo', 'config', 'box')).toContain('; write config first, then its flags');
  for (const flag of ['-v', '--frobnicate'])
    expect(await complaint(64, flag)).toBe(
      `ssh-bridge: ${flag} is no verb; write a verb first, then its flags${next('--help')}`,
    );
  expect((await bridge('--version')).code).toBe(0);
  expect((await bridge('-h')).code).toBe(0);
});

test('Security: a flag that is wrong is named without its value', async () => {
  const secret = "it's-a-secret-of-32-characters-or-more";
  expect(await complaint(64, `--token=${secret}`, 'proxy', 'ws://127.0.0.1:1/')).not.toContain('secret');
  const misspelled = await complaint(64, 'proxy', `--tokn=${secret}`, 'ws://127.0.0.1:1/');
  expect(misspelled).toMatch(/^ssh-bridge: unknown option '--tokn'; next: /);
});

test('a word too few: the help of that verb', async () => {
  const help = (verb: string): string => `; next: ${process.execPath} ${bundle.path} ${verb} --help`;
  expect(await complaint(64, 'listen', '2222')).toContain(help('listen'));
  const ahead = ['--timeout', '5', '--log-format', 'text', 'ws://127.0.0.1:1/'];
  expect(await complaint(69, ...ahead)).toContain('TCP connect failed');
  expect(await complaint(64, '--frobnicate', 'ws://127.0.0.1:1/')).toContain(help('proxy'));
  expect(await complaint(64, 'listen', '2222', 'ws://127.0.0.1:1/', '--timeout', 'x')).toContain(
    `is invalid. It must be a whole number${help('listen')}`,
  );
  expect(await complaint(64, 'relay', '--http', 'unix:/tmp/x.sock', '--ssh', '0')).toContain('--page-url is missing');
});

/** What ssh shows when it connects through `listen`. */
async function complaintToSsh(...words: readonly string[]): Promise<string> {
  const listener = start(onTestFinished, process.execPath, [bundle.path, 'listen', '0', '--log-format=json', ...words]);
  const { port } = JSON.parse(await listener.printed(/\n/)) as { readonly port: number };
  const options = ['-F', 'none', '-o', 'BatchMode=yes', '-p', String(port)];
  const { code, stderr } = await start(onTestFinished, 'ssh', [...options, 'demo@127.0.0.1'], { input: '' }).finished;
  expect(code).toBe(255);
  return stderr;
}

/** `proxy`, `listen` and `doctor` say the same, and each names the command to try next. */
async function expectComplaint(
  mistake: RegExp,
  { exitCode, url, flags = [], next }: { exitCode: number; url: string; flags?: readonly string[]; next: string },
): Promise<void> {
  const byProxy = await complaint(exitCode, 'proxy', ...flags, url);
  const byDoctor = await bridge('doctor', ...flags, url);
  for (const line of [byProxy, byDoctor.stderr]) expect(line).toMatch(mistake);
  expect(byProxy).toMatch(/; next: \S+ \S+ doctor [^\n]+\n$/);
  expect(byProxy).toContain(` ${url}\n`);
  expect([byDoctor.code, byDoctor.stderr.split('\n').length]).toEqual([exitCode, 2]);
  expect(byDoctor.stderr).toContain(`; next: ${next}\n`);
  if (isMissing('ssh')) return;
  const bySsh = await complaintToSsh(...flags, url);
  expect(bySsh).toMatch(mistake);
  expect(bySsh).toContain(`; next: ssh-bridge doctor ${url}`);
}

test('an expired certificate', async () => {
  const { cert, key, certFile } = await makeCertificate({ valid: 'past' });
  const port = await listening(createTlsServer({ cert, key }));
  await expectComplaint(/TLS handshake failed: .*the certificate of the server has expired .*/, {
    exitCode: 69,
    url: `wss://localhost:${port}/`,
    flags: ['--ca', certFile],
    next: `openssl s_client -connect localhost:${port}`,
  });
});

test('an unknown certificate, and the flag to trust it', async () => {
  const { cert, key } = await makeCertificate();
  const port = await listening(createTlsServer({ cert, key }));
  expect(await complaint(69, 'proxy', `wss://localhost:${port}/`)).toMatch(/self-signed .*--ca FILE; next: /);
});

test('the suggested next command works: it has the given flags and no secrets', async () => {
  const { cert, key, certFile } = await makeCertificate();
  const visits: unknown[][] = [];
  const server = createTlsServer({ cert, key }, ({ headers }, response) => {
    visits.push([headers.authorization, headers['x-from']]);
    response.writeHead(403).end('no');
  });
  const url = `wss://localhost:${await listening(server)}/`;
  const folder = await temporaryFolder(onTestFinished);
  const [tokenFile, headerFile] = [join(folder, 'a token'), join(folder, 'headers')];
  await writeFile(tokenFile, 'from-a-file');
  await writeFile(headerFile, 'X-From: headers');
  const files = ['--ca', certFile, '--token-file', tokenFile, '--header-file', headerFile];
  const line = await complaint(65, 'proxy', ...files, url);
  const [, command = ''] = /; next: (.*)\n$/.exec(line) ?? [];
  const next = await start(onTestFinished, 'sh', ['-c', command], { input: '' }).finished;
  expect([next.code, next.stderr]).toEqual([65, expect.stringContaining('HTTP 403')]);
  expect(visits).toEqual([
    ['Bearer from-a-file', 'headers'],
    ['Bearer from-a-file', 'headers'],
  ]);
  const secrets = ['--token', 'S3cret', '--header', 'X-Key: S3cret', '--header-command', 'echo X: S3cret'];
  const other = await complaint(65, 'proxy', '--ca', certFile, ...secrets, `${url}?key=S3cret`);
  expect(other).toMatch(/ \(with the --token, --header, --header-command, URL that you gave\)\n$/);
  expect(other).not.toContain('S3cret');
});

test.skipIf(isMissing('sshd', 'ssh', 'ssh-keygen'))(
  'config: the host key is learnt by the way that proxy takes, the block says that way, and ssh logs in by it',
  async () => {
    const { certFile: ca, keyFile: key } = await makeCertificate();
    const sshd = await startSshd(onTestFinished);
    const folder = await temporaryFolder(onTestFinished);
    const [tokenFile, file] = [join(folder, 'a token'), join(folder, 'config')];
    await writeFile(tokenFile, 'a-token-in-a-file-of-32-characters');
    const tls = ['--ca', ca, '--cert', ca, '--key', key];
    const to = ['--listen', '0', '--to', `127.0.0.1:${sshd.port}`];
    const words = [bundle.path, 'serve', ...to, ...tls, '--token-file', tokenFile, '--log-format', 'json'];
    const serve = start(onTestFinished, process.execPath, words);
    const { url } = JSON.parse(await serve.printed(/\n/)) as { readonly url: string };
    const way = [...tls, '--token-file', tokenFile, '--header', `Of: it's 100%`];
    const { code, stderr } = await bridge('config', 'box', url, '--learn', ...way, '--write', '--ssh-config', file);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^ssh-bridge: the host has SHA256:[^\n]+\n$/)]);
    const [, , , identity = ''] = sshd.clientOptions;
    const options = ['-F', file, '-i', identity, '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'];
    const login = start(onTestFinished, 'ssh', [...options, 'box', 'echo in'], { input: '' });
    expect(await login.finished).toMatchObject({ code: 0, stderr: '' });
  },
);

test('config: without a key that is pinned it says so, and prints the block all the same', async () => {
  const [open, pinned] = [
    await bridge('config', 'box', 'wss://bridge.example.org/'),
    await bridge('config', 'box', 'wss://bridge.example.org/', '--host-key', 'ssh-ed25519 AAAA'),
  ];
  const said = 'ssh-bridge: no host key is pinned, so ssh will ask whether the key is right; pin it with --learn\n';
  expect([open.code, open.stderr, pinned.stderr]).toEqual([0, said, '']);
  expect(open.stdout.toString()).toContain('Host box\n');
});

test('config: a host whose key cannot be learned, and a name that is none, are one line', async () => {
  const url = `ws://127.0.0.1:${await freePort()}/`;
  expect(await complaint(69, 'config', 'box', url, '--learn')).toContain(
    `; next: ${process.execPath} ${bundle.path} doctor ${url}`,
  );
  expect(await complaint(64, 'config', 'a b', url)).toContain('"a b" is not a host name');
});

test('a config file that is not JSON: the suggestion names the place', async () => {
  const file = join(await temporaryFolder(onTestFinished), 'settings');
  await writeFile(file, '[7,]');
  const line = await complaint(64, 'serve', '--config-file', file);
  const next = /; check it with: node -p "(?<code>.*)"$/.exec(line.trim())?.groups?.['code'] ?? '';
  const { code, stderr } = await start(onTestFinished, process.execPath, ['-p', next], { input: '' }).finished;
  expect([code, stderr]).toEqual([1, expect.stringContaining('SyntaxError: ')]);
});

test('PROXY headers without trusted networks', async () => {
  for (const words of [
    ['serve', '--listen', '0', '--to', 'localhost:22'],
    ['relay', '--http', '0', '--ssh', '0'],
  ]) {
    expect(await complaint(64, ...words, '--proxy-protocol')).toContain('name the one of the proxy with --trust');
  }
});

test('a relay without a page does not suggest opening it', async () => {
  const relay = start(onTestFinished, process.execPath, [bundle.path, 'relay', '--http', '0', '--ssh', '0']);
  expect(await relay.printed(/\n/)).toMatch(/no page is served here: give one with --page-dir/);
});

test('a 403 page', async () => {
  const page = createServer((_request, response) => response.writeHead(403).end('\nAccess denied: ask Ann\nmore\n'));
  const port = await listening(page);
  await expectComplaint(/WebSocket upgrade failed: .* answered HTTP 403 Forbidden: Access denied: ask Ann; .*/, {
    exitCode: 65,
    url: `ws://127.0.0.1:${port}/`,
    next: `curl -v http://127.0.0.1:${port}/`,
  });
});

test('nothing listens there', async () => {
  const port = await freePort();
  await expectComplaint(
    /TCP connect failed: .*: connection refused \(ECONNREFUSED\); check that the server is running/,
    {
      exitCode: 69,
      url: `ws://127.0.0.1:${port}/`,
      next: `ss -ltn 'sport = :${port}'`,
    },
  );
});

test('a port in use', async () => {
  const port = await listening(createServer());
  for (const words of [
    ['serve', '--listen', String(port), '--to', 'localhost:22'],
    ['listen', String(port), 'ws://127.0.0.1:1/'],
    ['relay', '--http', String(port), '--ssh', '0'],
    ['relay', '--http', '0', '--ssh', String(port)],
  ]) {
    expect(await complaint(69, ...words)).toContain(
      `listen failed: 127.0.0.1:${port} is in use; choose another port, or see who has it; next: ss -ltnp 'sport = :${port}'`,
    );
  }
});

test('no server behind serve: proxy says which, ssh by listen and doctor too', async () => {
  const [port, target] = [await freePort(), await freePort()];
  const serve = start(onTestFinished, process.execPath, [
    bundle.path,
    'serve',
    '--no-token',
    `--listen=${port}`,
    `--to=127.0.0.1:${target}`,
  ]);
  await serve.printed(/listening on/);
  const reason = `target failed: 127.0.0.1:${target}: connection refused; check that its server is running`;
  const line = await complaint(69, `ws://127.0.0.1:${port}/`);
  expect(line).toContain(reason);
  expect(line).toContain(`next: ${process.execPath} ${bundle.path} doctor ws://127.0.0.1:${port}/`);
  if (!isMissing('ssh')) expect(await complaintToSsh(`ws://127.0.0.1:${port}/`)).toContain(reason);
  const { code, stdout, stderr } = await bridge('doctor', `ws://127.0.0.1:${port}/`);
  expect([code, stdout.toString().split('\n').length]).toEqual([69, 3]);
  expect(stderr).toMatch(
    /^ssh-bridge: SSH identification failed: .*connection refused[^\n]*; next: ss -ltn, on the server\n$/,
  );
});

test('the demo: standard output is the block alone, as a file takes it; what to do with it is on standard error', async () => {
  const demo = start(onTestFinished, process.execPath, [bundle.path, 'demo']);
  await demo.printed(/^ *ProxyCommand .*\n/m);
  demo.child.kill();
  const { stdout, stderr } = await demo.finished;
  expect(stdout.toString()).toMatch(/^Host ssh-bridge-demo\n(?: +\S[^\n]*\n)+$/);
  expect(stderr).toBe('ssh-bridge: put this into ~/.ssh/config, then in another terminal: ssh ssh-bridge-demo\n\n');
});

test.skipIf(isMissing('ssh'))(
  'the demo: its block goes into a file, ssh logs in by it, and another key is refused',
  async () => {
    const demo = start(onTestFinished, process.execPath, [bundle.path, 'demo', '--log-format', 'json']);
    const announced = JSON.parse(await demo.printed(/\n/)) as { readonly url: string; readonly hostKey: string };
    const home = await temporaryFolder(onTestFinished);
    const file = join(home, 'config');
    const write = (key: string): Promise<Finished> =>
      bridge('config', 'box', announced.url, '--user', 'root', '--host-key', key, '--ssh-config', file, '--write');
    const login = (): Promise<Finished> =>
      start(onTestFinished, 'ssh', ['-F', file, 'box', 'date'], {
        input: '',
      }).finished;
    expect((await write(announced.hostKey)).code).toBe(0);
    const first = await readFile(file, 'utf8');
    const learned = await bridge('config', 'box', announced.url, '--learn');
    expect(learned.stdout.toString()).toContain(` ${announced.hostKey}\n`);
    expect(learned.stderr).toMatch(/^ssh-bridge: the host has SHA256:[^\n]+\n$/);
    expect((await write(announced.hostKey)).stdout.toString()).toContain('had it already');
    expect(await readFile(file, 'utf8')).toBe(first);
    const { code, stdout } = await login();
    expect([code, stdout.toString()]).toEqual([
      0,
      expect.stringMatching(/^Hello root\. [^]*Your command was: date\n$/),
    ]);
    const sftp = await start(onTestFinished, 'ssh', ['-F', file, '-s', 'box', 'sftp'], { input: '' }).finished;
    expect([sftp.stdout.toString(), sftp.stderr]).toEqual(['', expect.stringContaining('subsystem request failed')]);
    const other = `ssh-ed25519 ${Buffer.from(announced.hostKey.split(' ')[1] ?? '', 'base64')
      .fill(7, 19)
      .toString('base64')}`;
    expect((await write(other)).stdout.toString()).toContain('has it now');
    const refused = await login();
    expect([refused.code, refused.stderr]).toEqual([255, expect.stringContaining('Host key verification failed')]);
  },
);
