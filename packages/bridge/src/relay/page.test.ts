/** What the relay's HTTP port serves: /relay.json to its own pages, and files of one directory. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readToEnd, tcpClient } from '../testing/sockets.js';
import { ask, startRelay } from '../testing/tab.js';
import { contentSecurityPolicy } from './page.js';
import type { Relay } from './relay.js';

/** A relay with a page of one file per kind, next to a file that must stay secret. */
async function startWithPage(): Promise<Relay> {
  const root = await mkdtemp(join(tmpdir(), 'ssh-bridge-page-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const pageDir = join(root, 'page');
  await mkdir(join(pageDir, 'assets'), { recursive: true });
  await writeFile(join(root, 'secret.txt'), 'secret');
  await writeFile(join(pageDir, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(pageDir, 'assets', 'app-1a2b.js'), 'export {};');
  await writeFile(join(pageDir, 'assets', 'app-1a2b.css'), 'a{}');
  await writeFile(join(pageDir, 'unknown.bin'), 'x');
  await writeFile(join(pageDir, '.hidden'), 'secret');
  await symlink(join(root, 'secret.txt'), join(pageDir, 'link.txt'));
  return startRelay({ pageDir });
}

test('/ is the index, and files have their content types', async () => {
  const running = await startWithPage();
  const index = await ask(running, '/');
  expect(index).toMatchObject({ status: 200, body: '<!doctype html><title>page</title>' });
  expect(index.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
  const script = await ask(running, '/assets/app-1a2b.js?v=1');
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': expect.stringContaining('immutable'),
  });
  expect((await ask(running, '/assets/app-1a2b.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  expect((await ask(running, '/unknown.bin')).headers['content-type']).toBe('application/octet-stream');
  const head = await ask(running, '/', {}, 'HEAD');
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(head.headers['content-length']).toBe('34');
});

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/..%5csecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '//etc/passwd',
  '/%2fetc/passwd',
  '/link.txt',
  '/.hidden',
  '/assets',
  '/assets/',
  '/%00',
  '/%ff',
  '/%',
  '/nothing',
])('%s is not served', async (path) => {
  const running = await startWithPage();
  const client = await tcpClient(running.httpPort);
  // Not through Node's client, which might normalize the path.
  client.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${running.httpPort}\r\nConnection: close\r\n\r\n`);
  const answer = (await readToEnd(client)).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toContain('secret');
});

test('every answer carries the strict policy', async () => {
  const running = await startWithPage();
  for (const path of ['/', '/assets/app-1a2b.js', '/nothing', '/host', '/relay.json']) {
    const { headers } = await ask(running, path);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  }
});

test('the policy opens the WebSocket servers of the config and nothing else of it', () => {
  const policy = contentSecurityPolicy({
    workerd: 'ws://localhost:8787/ssh',
    far: 'wss://edge.test/x',
    web: 'https://evil.test/',
    name: "x; script-src 'unsafe-inline'",
    bad: 'ws://',
  });
  expect(policy).toContain("connect-src 'self' ws://localhost:8787 wss://edge.test;");
  expect(policy).not.toContain('evil.test');
  expect(policy).not.toContain("script-src 'unsafe-inline'");
});

test('only GET and HEAD are answered', async () => {
  const running = await startWithPage();
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await ask(running, '/', {}, method);
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
  }
});

test('/relay.json tells a page of the relay the token, the port for ssh and the config', async () => {
  const running = await startRelay({ config: { workerd: 'ws://localhost:8787/ssh' } });
  const answer = await ask(running, '/relay.json', { 'sec-fetch-site': 'same-origin' });
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({
    protocol: 'nacre.host.v1',
    token: running.token,
    sshPort: running.sshPort,
    config: { workerd: 'ws://localhost:8787/ssh' },
  });
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test('/relay.json is given to pages of an allowed origin, for exactly that origin', async () => {
  const running = await startRelay({ allowOrigins: ['http://localhost:5173'] });
  const answer = await ask(running, '/relay.json', { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' });
  expect(answer.status).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:5173');
  expect(answer.headers['vary']).toContain('Origin');
});

test.each([
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
  ['another site that hides its origin', { 'sec-fetch-site': 'cross-site' }],
  ['a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
  ['another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' }],
  ['somebody who types the address', { 'sec-fetch-site': 'none' }],
  ['a program that says nothing', {}],
])('/relay.json is refused to %s', async (_who, headers) => {
  const running = await startRelay();
  const answer = await ask(running, '/relay.json', headers);
  expect(answer.status).toBe(403);
  expect(answer.body).not.toContain(running.token);
});

test('a directory without a page is refused at the start', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'ssh-bridge-empty-'));
  onTestFinished(() => rm(empty, { recursive: true }));
  await expect(startRelay({ pageDir: empty })).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringContaining('there is no index.html in'),
  });
});
