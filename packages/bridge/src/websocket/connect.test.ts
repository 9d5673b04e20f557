/** RFC 6455 §4.1: what a client refuses in a 101 response. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { dial, dialOffering } from '../dial.js';
import { tcpServer } from '../testing/sockets.js';

/** Answers every upgrade with 101 and these fields; `ACCEPT` stands for the right value. */
async function answering(...fields: readonly string[]): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const { port } = await tcpServer((socket) =>
    socket.once('data', (chunk: Buffer) => {
      requests.push(chunk.toString());
      const key = /^sec-websocket-key: (.*)\r$/im.exec(chunk.toString())?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', ...fields];
      socket.write(`${lines.join('\r\n').replace('ACCEPT', accept)}\r\n\r\n`);
    }),
  );
  return { url: `ws://127.0.0.1:${port}/path?query`, requests };
}

const GOOD = ['Upgrade: websocket', 'Sec-WebSocket-Accept: ACCEPT'] as const;

test.each([
  ['another upgrade', ['Upgrade: h2c', 'Sec-WebSocket-Accept: ACCEPT'], 'something else'],
  ['no accept', ['Upgrade: websocket'], 'Sec-WebSocket-Accept'],
  ['a wrong accept', ['Upgrade: websocket', 'Sec-WebSocket-Accept: AAAA'], 'Sec-WebSocket-Accept'],
  ['an extension', [...GOOD, 'Sec-WebSocket-Extensions: permessage-deflate'], 'extension'],
  ['a foreign subprotocol', [...GOOD, 'Sec-WebSocket-Protocol: chat'], 'subprotocol'],
])('%s: the upgrade has failed, exit code 65', async (_name, fields, what) => {
  const { url } = await answering(...fields);
  await expect(dial({ url })).rejects.toMatchObject({ step: 'WebSocket upgrade', exitCode: 65 });
  await expect(dial({ url })).rejects.toThrow(what);
});

test('the request: path and query, host with its port, user and password of the URL', async () => {
  const { url, requests } = await answering(...GOOD);
  (await dial({ url: url.replace('//', '//us%20er:pa%3Ass@') })).terminate();
  expect(requests[0]).toMatch(/^GET \/path\?query HTTP\/1\.1\r\n/);
  expect(requests[0]).toMatch(/^host: 127\.0\.0\.1:\d+\r$/im);
  expect(requests[0]).toContain(`Basic ${Buffer.from('us er:pa:ss').toString('base64')}`);
  expect(requests[0]).not.toMatch(/^ssh-bridge-resume/im);
});

test('resuming is offered, and used only with a server that agrees', async () => {
  const foreign = await answering(...GOOD);
  const plain = await dialOffering({ url: foreign.url }, true);
  plain.link.terminate();
  expect([plain.isResumable, /^ssh-bridge-resume: v4\r$/im.test(foreign.requests[0] ?? '')]).toEqual([false, true]);
  const ours = await answering(...GOOD, 'Ssh-Bridge-Resume: v4');
  const resumable = await dialOffering({ url: ours.url }, true);
  resumable.link.terminate();
  expect(resumable.isResumable).toBe(true);
});
