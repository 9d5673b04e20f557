/** `ssh-bridge listen` in-process: bytes both ways, refusals, bounds. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { WebSocket } from 'ws';
import { listen, type Listener, type ListenOptions } from './listen.js';
import type { LogFields } from './log.js';
import { freePort } from './testing/free-port.js';
import { parseRefusal } from './testing/ssh-stream.js';
import {
  closeOf,
  deferred,
  endOf,
  gatewayTo,
  MIB,
  randomPayload,
  readToEnd,
  sha256,
  tcpClient,
  tcpServer,
  webSocketServer,
} from './testing/sockets.js';

async function listening(options: ListenOptions): Promise<Listener> {
  const listener = await listen(options);
  onTestFinished(() => listener.close());
  return listener;
}

test('16 MiB arrive byte for byte in both directions at once', async () => {
  const up = randomPayload(16 * MIB);
  const down = randomPayload(16 * MIB + 1);
  const received = deferred<string>();
  const { port } = await tcpServer((socket) => {
    socket.write(down);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      // The side that ends first ends both directions, so the end waits for the last byte.
      if (socket.bytesRead < up.length) return;
      received.resolve(sha256(Buffer.concat(chunks)));
      socket.end();
    });
  });
  const listener = await listening({ url: await gatewayTo(port) });
  const client = await tcpClient(listener.port);
  client.write(up);
  expect(sha256(await readToEnd(client))).toBe(sha256(down));
  expect(await received.promise).toBe(sha256(up));
});

test('bytes that a client sends before its link is open are not lost', async () => {
  const message = deferred<Buffer>();
  const { url } = await webSocketServer((link) => link.once('message', message.resolve));
  const listener = await listening({ url });
  (await tcpClient(listener.port)).write('SSH-2.0-early\r\n');
  expect((await message.promise).toString()).toBe('SSH-2.0-early\r\n');
});

test('a target that stops reading stops the client: it cannot send without end', async () => {
  const { url } = await webSocketServer((link) => link.pause());
  const listener = await listening({ url });
  const client = await tcpClient(listener.port);
  let accepted = 0;
  let steady = 0;
  const chunk = Buffer.alloc(65_536);
  const feed = (): void => {
    while (client.write(chunk, () => ((accepted += chunk.length), (steady = 0))));
  };
  client.on('drain', feed);
  feed();
  while (steady++ < 20) await new Promise((resolve) => setTimeout(resolve, 5));
  // The buffers of four kernel sockets and at most 1 MiB of ours.
  expect(accepted).toBeLessThan(40 * MIB);
});

test('nothing behind the URL: the ssh client is told which step failed, and the log has it', async () => {
  const port = await freePort();
  const records: [string, LogFields | undefined][] = [];
  const listener = await listening({
    url: `ws://127.0.0.1:${port}/`,
    log: (level, event, _message, fields) => level !== 'debug' && records.push([event, fields]),
  });
  const refusal = parseRefusal(await readToEnd(await tcpClient(listener.port)));
  expect(refusal.reason).toBe(11);
  expect(refusal.description).toContain('TCP connect failed');
  expect(refusal.description).toContain('connection refused');
  expect(records).toEqual([['dial-failed', expect.objectContaining({ step: 'TCP connect' })]]);
});

test('an upgrade refused with 403: the ssh client is told the status and the first line of the body', async () => {
  const { url } = await webSocketServer(() => undefined, {
    verifyClient: (_info: unknown, answer: (ok: boolean, code: number, message: string) => void) =>
      answer(false, 403, 'not you'),
  });
  const listener = await listening({ url });
  const { description } = parseRefusal(await readToEnd(await tcpClient(listener.port)));
  expect(description).toContain('HTTP 403');
  expect(description).toContain('not you');
});

test('a link that breaks in the middle: the client gets an error, and the listener goes on', async () => {
  const { url } = await webSocketServer((link) =>
    link.once('message', () => link.terminate()).send(Buffer.from('hello')),
  );
  const listener = await listening({ url });
  for (let round = 0; round < 2; round++) {
    const client = await tcpClient(listener.port);
    await once(client, 'data');
    client.write('x');
    expect(await endOf(client)).toBe('ECONNRESET');
  }
});

test.each([
  ['a close code and a reason', (link: WebSocket) => link.close(1011, 'nothing behind'), /1011: nothing behind/],
  ['no Close frame', (link: WebSocket) => link.terminate(), /it broke off/],
])('a link that ends before anything has come, with %s: the ssh client is told why', async (_name, end, why) => {
  const { url } = await webSocketServer((link) => link.once('message', () => end(link)));
  const listener = await listening({ url });
  const client = await tcpClient(listener.port);
  client.write('SSH-2.0-test');
  const { description } = parseRefusal(await readToEnd(client));
  expect(description).toMatch(why);
  expect(description).toContain(`next: ssh-bridge doctor ${url}`);
});

test('the log has the command of this launch, the ssh client one without its files', async () => {
  const said: string[] = [];
  const doctor = 'ssh-bridge doctor --token-file /root/token ws://127.0.0.1:1/';
  const listener = await listening({
    url: 'ws://127.0.0.1:1/',
    doctor,
    log: (_level, _event, text) => said.push(text),
  });
  const { description } = parseRefusal(await readToEnd(await tcpClient(listener.port)));
  expect(said.at(-1)).toMatch(new RegExp(`; next: ${doctor}$`));
  expect(description).toMatch(/; next: ssh-bridge doctor ws:\/\/127\.0\.0\.1:1\/$/);
});

test('a client that is reset while dialling leaves no link behind', async () => {
  const upgrade = deferred<() => void>();
  const link = deferred<{ readonly code: number }>();
  const { url } = await webSocketServer((opened) => void closeOf(opened).then(link.resolve), {
    verifyClient: (_info: unknown, answer: (ok: boolean) => void) => upgrade.resolve(() => answer(true)),
  });
  const listener = await listening({ url });
  const client = await tcpClient(listener.port);
  const goOn = await upgrade.promise;
  client.resetAndDestroy();
  goOn();
  expect((await link.promise).code).toBe(1006);
});

test('a port in use: one line that says what to do, exit code 69', async () => {
  const { port } = await tcpServer(() => undefined);
  await expect(listen({ url: 'ws://127.0.0.1:1/', port })).rejects.toMatchObject({
    exitCode: 69,
    message: `listen failed: 127.0.0.1:${port} is in use; choose another port, or see who has it; next: ss -ltnp 'sport = :${port}'`,
  });
});

test('a host that is not ours: one line, exit code 69', async () => {
  await expect(listen({ url: 'ws://127.0.0.1:1/', host: '192.0.2.1' })).rejects.toMatchObject({
    step: 'listen',
    exitCode: 69,
  });
});

test('close ends open connections and frees the port', async () => {
  const { url } = await webSocketServer(() => undefined);
  const listener = await listening({ url });
  const client = await tcpClient(listener.port);
  const closed = once(client, 'close');
  client.resume();
  client.on('end', () => client.end());
  await listener.close();
  await closed;
  const again = await listening({ url, port: listener.port });
  expect(again.port).toBe(listener.port);
});

test('an aborted signal closes it', async () => {
  const { url } = await webSocketServer(() => undefined);
  const stop = new AbortController();
  const { port } = await listening({ url, signal: stop.signal });
  stop.abort();
  await expect(tcpClient(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('reload: later connections use the new settings', async () => {
  const tokens: unknown[] = [];
  const { url, server } = await webSocketServer((link) => link.close(1000));
  server.on('connection', (_link, request: IncomingMessage) => tokens.push(request.headers.authorization));
  const listener = await listening({ url, token: 'one' });
  await readToEnd(await tcpClient(listener.port));
  listener.reload({ url, token: 'two' });
  await readToEnd(await tcpClient(listener.port));
  expect(tokens).toEqual(['Bearer one', 'Bearer two']);
});

test('a signal that was aborted before closes it, too', async () => {
  const { port } = await listening({ url: 'ws://127.0.0.1:1/', signal: AbortSignal.abort() });
  await expect(tcpClient(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a client that resets its connection while its link is dialled ends nothing else', async () => {
  const asked = deferred<Socket>();
  const target = await tcpServer(asked.resolve);
  const failed = deferred<string>();
  const log = (_level: string, event: string): void => void (event === 'dial-failed' && failed.resolve(event));
  const listener = await listening({ url: `ws://127.0.0.1:${target.port}/`, log });
  const client = await tcpClient(listener.port);
  const dialling = await asked.promise;
  client.resetAndDestroy();
  await once(client, 'close');
  dialling.destroy();
  expect(await failed.promise).toBe('dial-failed');
  expect((await tcpClient(listener.port)).destroyed).toBe(false);
});
