/** A launched `serve` with certificates: SIGHUP reloads new files, bad ones change nothing, and an expired one is reported. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate, type TestCertificate } from '../../../packages/bridge/src/testing/certificates.js';
import { start, temporaryFolder } from '../processes.js';
import { useBridge } from './bridge.js';

const bundle = useBridge();

test('SIGHUP: another certificate and another authority of clients; a bad file keeps the old ones, and the log says why', async () => {
  const [old, next] = [await makeCertificate(), await makeCertificate()];
  const folder = await temporaryFolder(onTestFinished);
  const [cert, key, ca] = ['cert', 'key', 'ca'].map((name) => join(folder, name)) as [string, string, string];
  const install = async (own: TestCertificate, authority: TestCertificate): Promise<void> => {
    await copyFile(own.certFile, cert);
    await copyFile(own.keyFile, key);
    await copyFile(authority.certFile, ca);
  };
  await install(old, old);
  const flags = [`--cert=${cert}`, `--key=${key}`, `--ca=${ca}`, '--log-format=json'];
  const serve = start(onTestFinished, process.execPath, [
    bundle.path,
    'serve',
    '--listen=0',
    '--to=127.0.0.1:1',
    ...flags,
  ]);
  const { port } = JSON.parse(await serve.printed(/\n/)) as { readonly port: number };
  /** The server's answer to a client with this certificate; '' if it ends the handshake or the connection. */
  const visit = async (server: TestCertificate, own: TestCertificate): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', ca: server.cert, cert: own.cert, key: own.key });
    socket.on('error', () => undefined);
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
    await new Promise((resolve) => socket.once('close', resolve));
    return said.slice(0, 12);
  };
  let logged = '';
  serve.child.stderr.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  const reload = async (): Promise<string> => {
    logged = '';
    serve.child.kill('SIGHUP');
    await expect.poll(() => logged).toMatch(/"reload/);
    return logged;
  };
  expect([await visit(old, old), await visit(old, next)]).toEqual(['HTTP/1.1 421', '']);
  await install(next, next);
  expect(await reload()).toContain('"reloaded"');
  expect([await visit(next, next), await visit(next, old), await visit(old, next)]).toEqual(['HTTP/1.1 421', '', '']);
  await copyFile(old.keyFile, key);
  expect(await reload()).toMatch(/"reload-failed".*key values mismatch/);
  await writeFile(cert, 'nonsense');
  expect(await reload()).toMatch(/"reload-failed".*is not PEM/);
  expect(await visit(next, next)).toBe('HTTP/1.1 421');
  const past = await makeCertificate({ valid: 'past' });
  await install(past, past);
  expect(await reload()).toContain('"reloaded"');
  await expect.poll(() => logged).toMatch(/"certificate-dates".* has expired /);
});
