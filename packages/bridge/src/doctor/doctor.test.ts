/** doctor: the steps that went well, and which one failed. */
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { BridgeError } from '../bridge-error.js';
import { makeCertificate } from '../testing/certificates.js';
import { learnHostKey } from '../host-key/learn-host-key.js';
import { startGateway } from '../testing/gateway.js';
import { deferred, webSocketServer } from '../testing/sockets.js';
import { doctor, type DoctorOptions, type Finding } from './doctor.js';
import { findIdentification, readOffer } from './key-exchange-init.js';

const LISTS = [
  'mlkem768x25519-sha256,curve25519-sha256,kex-strict-s-v00@openssh.com',
  'ssh-ed25519',
  'aes128-ctr',
  'aes256-gcm@openssh.com',
  'hmac-md5',
  'hmac-sha2-256-etm@openssh.com',
  'none',
  'none',
  '',
  '',
];

/** SSH_MSG_KEXINIT as a server sends it (RFC 4253 §7.1). */
function kexinit(): Buffer {
  const lists = LISTS.map((text) => Buffer.concat([length(text.length), Buffer.from(text)]));
  const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...lists, Buffer.alloc(5)]);
  const padding = 16 - ((payload.length + 5) % 8);
  return Buffer.concat([length(payload.length + padding + 1), Buffer.from([padding]), payload, Buffer.alloc(padding)]);
}

function length(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

async function visit(
  options: Pick<DoctorOptions, 'url'> & Partial<DoctorOptions>,
): Promise<{ readonly findings: readonly Finding[]; readonly error: BridgeError | undefined }> {
  const findings: Finding[] = [];
  const error = await doctor({ ...options, onFinding: (finding) => findings.push(finding) }).then(
    () => undefined,
    (failure: BridgeError) => failure,
  );
  return { findings, error };
}

test('all steps to a server that is well', async () => {
  const gateway = await startGateway({ token: false }, (socket) => {
    socket.write('Welcome\r\nSSH-2.0-Test_1.0 comment\r\n');
    socket.once('data', () => void socket.write(kexinit()));
  });
  const { findings, error } = await visit({ url: new URL(gateway.url) });
  expect(error).toBeUndefined();
  expect(findings.map(({ step }) => step)).toEqual([
    'TCP connect',
    'WebSocket upgrade',
    'SSH identification',
    'SSH algorithms',
    'round trip',
  ]);
  expect(findings[2]?.detail).toBe('SSH-2.0-Test_1.0 comment');
  expect(findings[3]?.detail).toBe(
    'key exchange mlkem768x25519-sha256, curve25519-sha256; host keys ssh-ed25519; ciphers aes256-gcm@openssh.com; post-quantum; strict',
  );
  expect(findings[4]?.detail).toMatch(/^[\d.]+ ms /);
});

test('it asks for a link that can be resumed, as proxy does, unless told otherwise, and leaves no session behind', async () => {
  const ended = deferred<void>();
  const gateway = await startGateway({ token: false }, (socket) => {
    socket.once('close', () => ended.resolve());
    socket.write('SSH-2.0-Test_1.0\r\n');
    socket.once('data', () => void socket.write(kexinit()));
  });
  expect((await visit({ url: new URL(gateway.url) })).error).toBeUndefined();
  await ended.promise;
  const asked: unknown[] = [];
  const server = createPlainServer((request, response) => {
    asked.push(request.headers['ssh-bridge-resume']);
    response.writeHead(400).end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const url = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await visit({ url });
  await visit({ url, resume: false });
  await expect(learnHostKey({ url })).rejects.toBeInstanceOf(BridgeError);
  expect(asked).toEqual(['v4', undefined, 'v4']);
});

test('commands without a tag are no crash', async () => {
  const { url, server } = await webSocketServer((link) => {
    link.send(Buffer.of(1));
    link.close(1011, 'sorry');
  });
  server.on('headers', (headers) => void headers.push('ssh-bridge-resume: v4'));
  const { error } = await visit({ url: new URL(url) });
  expect([error?.step, error?.message]).toEqual(['SSH identification', expect.stringContaining('1011: sorry')]);
});

test.each([
  ['a name that is none', 'ws://host.invalid/', 'name resolution', 69],
  ['a port where nobody listens', 'ws://127.0.0.1:1/', 'TCP connect', 69],
])('%s', async (_what, url, step, exitCode) => {
  const { findings, error } = await visit({ url: new URL(url) });
  expect([findings, error?.step, error?.exitCode]).toEqual([[], step, exitCode]);
});

test('a server that refuses: status and first body line, after the steps that went well', async () => {
  const gateway = await startGateway();
  const { findings, error } = await visit({ url: new URL(gateway.url) });
  expect(findings.map(({ step }) => step)).toEqual(['TCP connect']);
  expect(error?.message).toContain('answered HTTP 401 Unauthorized: a token is needed');
});

test('a target that is not allowed: the path is looked at, not the target', async () => {
  const gateway = await startGateway({ token: false, allowTargets: ['ssh.example.org:22'] });
  const { error } = await visit({ url: new URL('/10.0.0.1:22', gateway.url) });
  expect(error).toMatchObject({ exitCode: 77, message: expect.stringContaining('1008') });
  expect(error?.message).toContain('check the path of the URL');
});

test.each([
  ['says something else', 'HTTP/1.1 400 Bad Request\r\nSSH', /not speak SSH: HTTP\/1\.1 400/],
  ['ends', undefined, /^SSH identification failed: the server closed with 1000/],
])('a target that %s: SSH identification failed', async (_what, text, message) => {
  const gateway = await startGateway({ token: false }, (socket) => {
    if (text === undefined) socket.end();
    else socket.write(text.padEnd(10_000, 'x'));
  });
  const { error } = await visit({ url: new URL(gateway.url) });
  expect([error?.step, error?.exitCode]).toEqual(['SSH identification', 69]);
  expect(error?.message).toMatch(message);
});

test('TLS: the certificate is shown, and one that has expired is the step that fails', async () => {
  for (const valid of ['now', 'past'] as const) {
    const { cert, key } = await makeCertificate({ valid });
    const server = createServer({ cert, key }, (_request, response) => response.writeHead(403).end('no\n'));
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`wss://localhost:${(server.address() as AddressInfo).port}/`);
    const { findings, error } = await visit({ url, tls: { ca: cert } });
    const shown = findings.find(({ step }) => step === 'TLS handshake')?.detail;
    if (valid === 'past') {
      expect(error?.message).toMatch(/^TLS handshake failed: .*the certificate of the server has expired .*date/);
    } else {
      expect(shown).toMatch(/^TLSv1\.3, certificate of localhost by localhost, good for \d+ days$/);
      expect(error?.message).toContain('HTTP 403');
    }
    server.closeAllConnections();
  }
});

test('RFC 4253 §4.2: an identification, however it is cut', () => {
  const line = Buffer.from('SSH-2.0-x\r\n');
  for (let cut = 0; cut < line.length; cut++) expect(findIdentification(line.subarray(0, cut))).toBe('incomplete');
  expect(findIdentification(Buffer.from('SSH-1.5-x\r\n'))).toBe('malformed');
  expect(findIdentification(Buffer.alloc(256, 'x'))).toBe('malformed');
  expect(findIdentification(Buffer.from('x\n'.repeat(10_000)))).toBe('malformed');
});

test('RFC 4253 §7.1: an offer, however it is cut, and lists that do not fit', () => {
  const packet = kexinit();
  for (let cut = 0; cut < packet.length; cut++) expect(readOffer(packet.subarray(0, cut))).toBe('incomplete');
  const broken = Buffer.from(packet);
  broken.writeUInt32BE(0x7fff_ffff, 4 + 1 + 1 + 16);
  expect(readOffer(broken)).toBe('malformed');
  expect(readOffer(Buffer.from('7fffffff0014', 'hex'))).toBe('malformed');
  expect(readOffer(Buffer.from('0000000c0a15000000000000000000000000', 'hex'))).toBe('malformed');
});
