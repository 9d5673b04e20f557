/** Stock clients through the bridge: OpenSSH against OpenSSH's server, and what each client shows of a refusal. */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../packages/bridge/src/listen.js';
import { pump, socketStream } from '../../../packages/bridge/src/pump.js';
import { freePort, isMissing, start } from '../processes.js';
import { gatewayTo, MIB, randomPayload, sha256 } from '../../../packages/bridge/src/testing/sockets.js';
import { openTab, startRelay } from '../../../packages/bridge/src/testing/tab.js';
import { NO_KNOWN_HOSTS, startSshd } from './sshd.js';
import { useBridge } from './bridge.js';

const bundle = useBridge();
const withSshd = test.skipIf(isMissing('sshd', 'ssh', 'ssh-keygen'));

withSshd('proxy as ProxyCommand: 64 MiB through cat, both ways, byte for byte', async () => {
  const sshd = await startSshd(onTestFinished);
  const proxyCommand = `${process.execPath} ${bundle.path} proxy ${await gatewayTo(sshd.port)}`;
  const payload = randomPayload(64 * MIB);
  const { child, finished } = start(onTestFinished, 'ssh', [
    ...sshd.clientOptions,
    '-o',
    `ProxyCommand=${proxyCommand}`,
    `${sshd.user}@target`,
    'cat',
  ]);
  child.stdin.end(payload);
  const { code, stdout, stderr } = await finished;
  expect([code, stderr]).toEqual([0, '']);
  expect(sha256(stdout)).toBe(sha256(payload));
});

withSshd('listen: 16 MiB through cat, and the exit status of the command', async () => {
  const sshd = await startSshd(onTestFinished);
  const listener = await listen({ url: await gatewayTo(sshd.port) });
  onTestFinished(() => listener.close());
  const words = [...sshd.clientOptions, '-p', String(listener.port), `${sshd.user}@127.0.0.1`];
  const payload = randomPayload(16 * MIB);
  const cat = start(onTestFinished, 'ssh', [...words, 'cat']);
  cat.child.stdin.end(payload);
  const copied = await cat.finished;
  expect([copied.code, copied.stderr]).toEqual([0, '']);
  expect(sha256(copied.stdout)).toBe(sha256(payload));
  const failed = await start(onTestFinished, 'ssh', [...words, 'echo out; echo err >&2; exit 3']).finished;
  expect([failed.code, failed.stdout.toString(), failed.stderr]).toEqual([3, 'out\n', 'err\n']);
});

withSshd('relay: an ssh client reaches the server behind a tab', async () => {
  const sshd = await startSshd(onTestFinished);
  const running = await startRelay();
  const tab = await openTab(running);
  const words = [...sshd.clientOptions, '-p', String(running.sshPort), `${sshd.user}@127.0.0.1`, 'cat; exit 4'];
  const { child, finished } = start(onTestFinished, 'ssh', words);
  const payload = randomPayload(4 * MIB);
  child.stdin.end(payload);
  const { ticket } = await tab.next();
  const socket = connect({ port: sshd.port, host: '127.0.0.1', allowHalfOpen: true });
  const link = tab.dialBack(ticket);
  link.once('open', () => void pump(link, socketStream(socket)));
  const { code, stdout } = await finished;
  expect(code).toBe(4);
  expect(sha256(stdout)).toBe(sha256(payload));
});

const client = (port: number): Readonly<Record<string, readonly string[]>> => ({
  ssh: ['-F', 'none', ...NO_KNOWN_HOSTS.slice(0, 4), '-p', String(port), 'demo@127.0.0.1'],
  plink: ['-batch', '-ssh', '-P', String(port), 'demo@127.0.0.1'],
  dbclient: ['-y', '-p', String(port), 'demo@127.0.0.1'],
});

test.skipIf(isMissing('ssh'))('no tab: ssh shows which page to open', async () => {
  const { sshPort, pageUrl } = await startRelay();
  const { code, stderr } = await start(onTestFinished, 'ssh', client(sshPort)['ssh'] ?? []).finished;
  expect(code).toBe(255);
  expect(stderr).toContain(`:11: No tab is serving now. Open ${pageUrl} in a browser`);
});

test.skipIf(isMissing('plink'))('no tab: plink shows which page to open', async () => {
  const { sshPort, pageUrl } = await startRelay();
  const { code, stderr } = await start(onTestFinished, 'plink', client(sshPort)['plink'] ?? []).finished;
  expect(code).toBe(1);
  expect(stderr).toContain('type 11 (by application)');
  expect(stderr).toContain(`No tab is serving now. Open ${pageUrl} in a browser`);
});

// Interop: dbclient 2022.83 understands the message but never shows its text.
test.skipIf(isMissing('dbclient'))('no tab: dbclient sees the disconnect', async () => {
  const { sshPort } = await startRelay();
  const { stderr } = await start(onTestFinished, 'dbclient', client(sshPort)['dbclient'] ?? []).finished;
  expect(stderr).toContain('Disconnect received');
});

test.skipIf(isMissing('ssh'))('listen with nothing behind: ssh shows which step failed', async () => {
  const port = await freePort();
  const listener = await listen({ url: `ws://127.0.0.1:${port}/` });
  onTestFinished(() => listener.close());
  const { code, stderr } = await start(onTestFinished, 'ssh', client(listener.port)['ssh'] ?? []).finished;
  expect(code).toBe(255);
  expect(stderr).toContain(`:11: ssh-bridge: TCP connect failed: 127.0.0.1:${port}: connection refused`);
});
