/** The bundled command as a process: what it prints on which stream, and its exit codes. */
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import type { IncomingMessage } from 'node:http';
import { ask, startGateway } from '../../../packages/bridge/src/testing/gateway.js';
import {
  deferred,
  endOf,
  MIB,
  randomPayload,
  sha256,
  tcpClient,
  tcpServer,
  webSocketServer,
} from '../../../packages/bridge/src/testing/sockets.js';
import { freePort, start, type Finished, type Running } from '../processes.js';
import { useBridge } from './bridge.js';

const bundle = useBridge();

const command = (...words: readonly string[]): Running =>
  start(onTestFinished, process.execPath, [bundle.path, ...words]);

/** Runs to the end with an empty standard input. */
async function outcome(...words: readonly string[]): Promise<Finished> {
  const { child, finished } = command(...words);
  child.stdin.end();
  return finished;
}

/** The first line a process prints on standard output. */
async function firstLine({ child }: Running): Promise<string> {
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return String(line);
}

test('--version prints it', async () => {
  const { code, stdout, stderr } = await outcome('--version');
  expect([code, stdout.toString(), stderr]).toEqual([0, '0.1.0\n', '']);
});

test.each([
  ['an unknown verb', ['frobnicate']],
  ['an unknown flag', ['proxy', '--frobnicate', 'ws://127.0.0.1:1/']],
  ['a URL that is none', ['proxy', 'not-a-url']],
  ['a URL of another kind', ['listen', '0', 'http://127.0.0.1:1/']],
  ['no target', ['serve', '--listen', '0']],
  ['no address', ['serve', '--to', '127.0.0.1:22']],
  ['no token beyond loopback', ['serve', '--listen', '0.0.0.0:0', '--to', '127.0.0.1:22', '--no-token']],
  ['a target that is none', ['serve', '--listen', '0', '--to', '0177.0.0.1:22']],
  ['a token that can be guessed', ['serve', '--listen', '0', '--to', '127.0.0.1:22', '--token', 'short']],
  ['a list that is none', ['serve', '--listen', '0', '--allow-target', 'nonsense']],
  ['a certificate without its key', ['proxy', '--cert', '/etc/hostname', 'ws://127.0.0.1:1/']],
  ['a config file that is not there', ['proxy', '--config-file', '/nonexistent', 'ws://127.0.0.1:1/']],
  ['an address that is none', ['listen', '99999', 'ws://127.0.0.1:1/']],
  ['a missing address', ['relay', '--http', '0']],
  ['an origin that is none', ['relay', '--http', '0', '--ssh', '0', '--allow-origin', 'https://host/path']],
  ['a page URL that is none', ['relay', '--http', '0', '--ssh', '0', '--page-url', 'javascript:alert(1)']],
  ['a config that is none', ['relay', '--http', '0', '--ssh', '0', '--config', 'novalue']],
  ['a token file that is not there', ['proxy', '--token-file', '/nonexistent', 'ws://127.0.0.1:1/']],
  ['two tokens', ['proxy', '--token', 'a', '--token-file', 'b', 'ws://127.0.0.1:1/']],
])('%s: exit code 64 and one line on standard error', async (_what, words) => {
  const { code, stdout, stderr } = await outcome(...words);
  expect(stderr).toMatch(/^ssh-bridge: [^\n]+\n$/);
  expect([code, stdout.toString()]).toEqual([64, '']);
});

test('proxy: bytes both ways and nothing else on standard output, exit code 0 when the server ends', async () => {
  const payload = randomPayload(3 * MIB);
  const { url } = await webSocketServer((link) =>
    link.once('message', (message: Buffer) => {
      expect(message.toString()).toBe('hello');
      for (let offset = 0; offset < payload.length; offset += 65_536)
        link.send(payload.subarray(offset, offset + 65_536));
      link.close(1000);
    }),
  );
  // Standard input stays open: the process must not wait for it.
  const { child, finished } = command('proxy', url);
  child.stdin.write('hello');
  const { code, stdout, stderr } = await finished;
  expect([code, stderr]).toEqual([0, '']);
  expect(sha256(stdout)).toBe(sha256(payload));
});

test('proxy: the end of standard input is drained, then Close 1000, exit code 0', async () => {
  const payload = randomPayload(3 * MIB);
  const received: Buffer[] = [];
  const closed = deferred<number>();
  const { url } = await webSocketServer((link) => {
    link.on('message', (message: Buffer) => received.push(message));
    link.on('close', closed.resolve);
  });
  const { child, finished } = command(url);
  child.stdin.end(payload);
  expect((await finished).code).toBe(0);
  expect(await closed.promise).toBe(1000);
  expect(sha256(Buffer.concat(received))).toBe(sha256(payload));
});

test('proxy: a reader of standard output that stops does not stop standard input', async () => {
  const echoed = deferred<string>();
  const { url } = await webSocketServer((link) => {
    const flood = Buffer.alloc(65_536);
    for (let sent = 0; sent < 8 * MIB; sent += flood.length) link.send(flood);
    link.once('message', (message: Buffer) => echoed.resolve(message.toString()));
  });
  const { child } = command('proxy', url);
  await once(child.stdout, 'data');
  child.stdout.pause();
  child.stdin.write('interrupt');
  expect(await echoed.promise).toBe('interrupt');
});

test('proxy: nothing listening is one line that names the step, exit code 69', async () => {
  const port = await freePort();
  const { code, stdout, stderr } = await outcome('proxy', `ws://127.0.0.1:${port}/`);
  expect(stderr).toBe(
    `ssh-bridge: TCP connect failed: 127.0.0.1:${port}: connection refused (ECONNREFUSED); check that the server is running and that the port is right; next: ${process.execPath} ${bundle.path} doctor ws://127.0.0.1:${port}/\n`,
  );
  expect([code, stdout.length]).toEqual([69, 0]);
});

test('proxy: --log-format json makes the error one JSON object', async () => {
  const { code, stderr } = await outcome('proxy', '--log-format', 'json', `ws://127.0.0.1:${await freePort()}/`);
  expect(JSON.parse(stderr)).toMatchObject({ level: 'error', event: 'failed', step: 'TCP connect', exitCode: 69 });
  expect(code).toBe(69);
});

test('an unknown flag: with --log-format json one JSON object too', async () => {
  const { code, stderr } = await outcome('serve', '--log-format', 'json', '--frobnicate');
  expect(JSON.parse(stderr)).toMatchObject({ level: 'error', event: 'failed', step: 'usage', exitCode: 64 });
  expect(code).toBe(64);
});

test('proxy: an upgrade refused with 403 is one line with the first line of the body, exit code 65', async () => {
  const { url } = await webSocketServer(() => undefined, {
    verifyClient: (_info: unknown, answer: (ok: boolean, code: number, message: string) => void) =>
      answer(false, 403, 'not you'),
  });
  const { code, stderr } = await outcome('proxy', url);
  expect(stderr).toMatch(
    /^ssh-bridge: WebSocket upgrade failed: 127\.0\.0\.1:\d+ answered HTTP 403 Forbidden: not you; [^\n]+\n$/,
  );
  expect(code).toBe(65);
});

test.each([
  ['dies', (link: { terminate(): void }) => link.terminate(), 69],
  ['closes with 1011', (link: { close(code: number): void }) => link.close(1011), 69],
  ['closes with 1008, its policy', (link: { close(code: number): void }) => link.close(1008), 77],
])('proxy: a server that %s is one line and an exit code', async (_what, end, exitCode) => {
  const { url } = await webSocketServer((link) => link.once('message', () => end(link)));
  const { child, finished } = command('proxy', url);
  child.stdin.write('x');
  const { code, stderr } = await finished;
  expect(stderr).toMatch(/^ssh-bridge: link failed: [^\n]+\n$/);
  expect(code).toBe(exitCode);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('proxy: %s ends it with exit code %i', async (signal, exitCode) => {
  const opened = deferred<unknown>();
  const { url } = await webSocketServer(opened.resolve);
  const { child, finished } = command('proxy', url);
  await opened.promise;
  child.kill(signal);
  expect((await finished).code).toBe(exitCode);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'proxy: %s ends a link that could be resumed with exit code %i too, and without a word',
  async (signal, exitCode) => {
    const { url } = await startGateway({ token: false });
    const running = command('proxy', url);
    running.child.stdin.write('hello\n');
    expect(await firstLine(running)).toBe('hello');
    running.child.kill(signal);
    const { code, stderr } = await running.finished;
    expect([code, stderr]).toEqual([exitCode, '']);
  },
);

test('proxy: the token comes from a flag, a file or the environment, and is a bearer token', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-token-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'token');
  await writeFile(file, 'from-file\n', { mode: 0o600 });
  const seen: (string | undefined)[] = [];
  const { url, server } = await webSocketServer((link) => link.close(1000));
  server.on('connection', (_link, request: { headers: { authorization?: string } }) =>
    seen.push(request.headers.authorization),
  );
  await command('proxy', '--token', 'from-flag', url).finished;
  await start(onTestFinished, process.execPath, [bundle.path, url, '--token-file', file], {
    env: { SSH_BRIDGE_TOKEN: 'from-environment' },
  }).finished;
  await start(onTestFinished, process.execPath, [bundle.path, url], { env: { SSH_BRIDGE_TOKEN: 'from-environment' } })
    .finished;
  expect(seen).toEqual(['Bearer from-flag', 'Bearer from-file', 'Bearer from-environment']);
});

test('listen: says in one line where it listens, and SIGINT ends it with exit code 130', async () => {
  const running = command('listen', '0', 'ws://127.0.0.1:1/path?token=hidden');
  const line = await firstLine(running);
  expect(line).toMatch(/^ssh-bridge: listening on 127\.0\.0\.1:\d+; connections go to ws:\/\/127\.0\.0\.1:1\/path$/);
  running.child.kill('SIGINT');
  expect((await running.finished).code).toBe(130);
});

test('listen: --log-format json announces the port, and logs to standard error', async () => {
  const { url } = await webSocketServer((link) => link.once('message', () => link.terminate()).send(Buffer.of(1)));
  const running = command('listen', '127.0.0.1:0', url, '--log-format', 'json');
  const { event, port } = JSON.parse(await firstLine(running));
  expect(event).toBe('listening');
  const client = await tcpClient(port);
  await once(client, 'data');
  client.write('x');
  expect(await endOf(client)).toBe('ECONNRESET');
  await running.printed(/"connection-closed"/);
  running.child.kill();
  const { code, stderr } = await running.finished;
  expect(code).toBe(143);
  const records = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);
  expect(records).toEqual(['connection-opened', 'connection-closed']);
});

test('listen: a port in use is one line that says what to do, exit code 69', async () => {
  const { port } = await tcpServer(() => undefined);
  const { code, stderr } = await outcome('listen', String(port), 'ws://127.0.0.1:1/');
  expect(stderr).toBe(
    `ssh-bridge: listen failed: 127.0.0.1:${port} is in use; choose another port, or see who has it; next: ss -ltnp 'sport = :${port}'\n`,
  );
  expect(code).toBe(69);
});

test('serve: announces where and with what secret; proxy gets through with it, and SIGTERM ends it with exit code 143', async () => {
  const { port } = await tcpServer((socket) => void socket.pipe(socket));
  const serving = command('serve', '--listen', '0', '--to', `127.0.0.1:${port}`, '--log-format', 'json');
  const { url, token } = JSON.parse(await firstLine(serving)) as { url: string; token: string };
  const proxy = start(onTestFinished, process.execPath, [bundle.path, url], { env: { SSH_BRIDGE_TOKEN: token } });
  proxy.child.stdin.write('hello\n');
  expect(await firstLine(proxy)).toBe('hello');
  proxy.child.stdin.end();
  expect((await proxy.finished).code).toBe(0);
  serving.child.kill('SIGTERM');
  const { code, stderr } = await serving.finished;
  expect(code).toBe(143);
  expect(stderr).not.toContain(token);
});

test('serve: at a Unix socket it says the token, and no command that could not work', async () => {
  const path = join(tmpdir(), `ssh-bridge-${process.pid}.sock`);
  const { printed } = command('serve', '--listen', `unix:${path}`, '--to', '127.0.0.1:1');
  onTestFinished(() => rm(path, { force: true }));
  expect(await printed(/the token of .*\n/)).toMatch(
    /^ssh-bridge: listening on unix:\S+; links go to 127\.0\.0\.1:1\nssh-bridge: the token of this launch is [\w-]{43}\n$/,
  );
});

test('serve: SIGHUP reads lists and token again; a malformed file changes nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-hup-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const [config, tokenFile] = [join(directory, 'config.json'), join(directory, 'token')];
  const write = (origins: readonly string[]): Promise<void> =>
    writeFile(config, JSON.stringify({ 'log-format': 'json', serve: { listen: 0, 'allow-origin': origins } }));
  await write(['https://one.test']);
  const running = command('serve', '--to', '127.0.0.1:1', '--config-file', config, '--token-file', tokenFile);
  const { child, printed } = running;
  const { port } = JSON.parse(await firstLine(running)) as { port: number };
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const status = async (origin: string): Promise<number> =>
    (await ask(port, 'POST', '/ticket', { host: `127.0.0.1:${port}`, origin, authorization: `Bearer ${token}` }))
      .status;
  let reloads = 0;
  const reload = async (): Promise<string> => {
    child.kill('SIGHUP');
    reloads += 1;
    return [...(await printed(/"reload[^"]*"/, reloads)).matchAll(/"reload[^"]*"/g)].at(-1)![0];
  };
  expect([await status('https://one.test'), await status('https://two.test')]).toEqual([200, 403]);
  await write(['https://two.test']);
  expect(await reload()).toContain('"reloaded"');
  expect([await status('https://one.test'), await status('https://two.test')]).toEqual([403, 200]);
  await write(['nonsense']);
  expect(await reload()).toContain('"reload-failed"');
  expect(await status('https://two.test')).toBe(200);
});

test('a flag of the command line goes before its variable, and that before the config file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-xdg-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, 'ssh-bridge'));
  await writeFile(
    join(directory, 'ssh-bridge', 'config.json'),
    JSON.stringify({ 'log-format': 'json', proxy: { timeout: 77, header: ['X-From: file'] } }),
  );
  const requests: IncomingMessage[] = [];
  const { url, server } = await webSocketServer((link) => link.close(1000));
  server.on('connection', (_link, request: IncomingMessage) => requests.push(request));
  const seen = async (environment: Record<string, string>, ...words: string[]): Promise<unknown> => {
    const env = { XDG_CONFIG_HOME: directory, ...environment };
    await start(onTestFinished, process.execPath, [bundle.path, 'proxy', url, ...words], { env }).finished;
    return requests.at(-1)?.headers['x-from'];
  };
  expect(await seen({})).toBe('file');
  expect(await seen({ SSH_BRIDGE_HEADER: 'X-From: variable' })).toBe('variable');
  expect(await seen({ SSH_BRIDGE_HEADER: 'X-From: variable' }, '--header', 'X-From: flag')).toBe('flag');
});

test('relay: announces both ports, and SIGTERM ends it with exit code 143', async () => {
  const running = command('relay', '--http', '0', '--ssh', '0', '--log-format', 'json');
  const line = JSON.parse(await firstLine(running));
  expect(line).toEqual({
    event: 'listening',
    port: expect.any(Number),
    httpPort: expect.any(Number),
    pageUrl: `http://localhost:${line.httpPort}/`,
  });
  running.child.kill();
  expect((await running.finished).code).toBe(143);
});

test.runIf(process.platform === 'linux')(
  'listen: memory is flat: 256 MiB each way need hardly more than 64 MiB did',
  async () => {
    const { url } = await webSocketServer((link) => link.on('message', (message) => link.send(message)));
    const running = command('listen', '0', url, '--log-format', 'json');
    const { port } = JSON.parse(await firstLine(running));
    const peak = async (): Promise<number> => {
      const status = await readFile(`/proc/${running.child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    };
    const client = await tcpClient(port);
    await echo(client, 64 * MIB);
    const before = await peak();
    await echo(client, 192 * MIB);
    // A queue without a bound would show as 192; up to 32 is when the garbage collector happens to run.
    expect((await peak()) - before).toBeLessThan(96);
  },
);

/** Sends this many bytes and waits until as many have come back. */
async function echo(client: Awaited<ReturnType<typeof tcpClient>>, length: number): Promise<void> {
  const goal = client.bytesRead + length;
  const chunk = Buffer.alloc(65_536);
  let sent = 0;
  const feed = (): void => {
    while (sent < length) {
      sent += chunk.length;
      if (!client.write(chunk)) return;
    }
  };
  client.on('drain', feed);
  feed();
  await new Promise<void>((resolve) => client.on('data', () => client.bytesRead >= goal && resolve()));
  client.removeAllListeners('drain');
  client.removeAllListeners('data');
}
