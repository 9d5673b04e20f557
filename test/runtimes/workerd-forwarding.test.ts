/** Forwarding with Workers' `connect`, in the workerd that Cloudflare runs: TCP, with half-closes and backpressure. */
import { randomBytes } from 'node:crypto';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { acceptAnyHostKey, connect, type Client } from '@nacre/core';
import { connectTcp } from '@nacre/edge/node';
import { freePort } from '../interop/processes.js';
import { startEcho } from '../interop/sockets.js';
import { bundleWorker, startWorkerd } from './own-worker.js';
import { collectUndos } from './playground-process.js';

const undos = collectUndos();
let client: Client;
let echo: number;

beforeAll(async () => {
  echo = await startEcho(undos.add);
  const { port } = await startWorkerd(undos.add, await bundleWorker(undos.add, 'forwarding'));
  client = await connect(await connectTcp('127.0.0.1', port), {
    user: 'guest',
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
  });
  undos.add(() => client.close());
});
afterAll(undos.run);

async function ask(host: string, question: Uint8Array): Promise<Buffer> {
  const stream = await client.openTcp(host, echo);
  const asked = stream.write(question).then(() => stream.end());
  const chunks: Uint8Array[] = [];
  for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) chunks.push(chunk);
  await asked;
  await stream.closed;
  return Buffer.concat(chunks);
}

test.each(['127.0.0.1', 'localhost'])('connects to %s for a client, with half-closes', async (host) => {
  expect((await ask(host, Buffer.from('question'))).toString()).toBe('echo question');
});

test('many at once', async () => {
  const questions = Array.from({ length: 20 }, (_, index) => `question ${index}`);
  const answers = await Promise.all(questions.map((question) => ask('127.0.0.1', Buffer.from(question))));
  expect(answers.map(String)).toEqual(questions.map((question) => `echo ${question}`));
});

test('megabytes there and back are as they were', async () => {
  const bytes = randomBytes(4 * 2 ** 20);
  expect((await ask('127.0.0.1', bytes)).subarray('echo '.length).equals(bytes)).toBe(true);
});

test('a target that is not there is reason 2; to listen, and Unix sockets, is refused', async () => {
  await expect(client.openTcp('127.0.0.1', await freePort())).rejects.toMatchObject({ code: 2 });
  await expect(client.listen({ port: 0 })).rejects.toMatchObject({ name: 'ChannelRequestError' });
  await expect(client.openUnix('/tmp/x')).rejects.toMatchObject({ name: 'ChannelOpenError' });
  expect((await ask('127.0.0.1', Buffer.from('still there'))).toString()).toBe('echo still there');
});
