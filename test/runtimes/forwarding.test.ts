/** Forwarding with the sockets of Deno and Bun: TCP and Unix, both ways, with half-closes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acceptAnyHostKey, connect, type ByteLink, type Client } from '@nacre/core';
import { connectTcp, fromSocket } from '@nacre/edge/node';
import { testKey, writeKey } from '../interop/keys.js';
import { isMissing, start, temporaryFolder } from '../interop/processes.js';
import { ask, startEcho } from '../interop/sockets.js';

const DENO = fileURLToPath(new URL('../../node_modules/.bin/deno', import.meta.url));
const bun = (): string =>
  createRequire(import.meta.url).resolve(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);
const RUNTIMES = [
  {
    name: 'deno',
    entry: new URL('forwarding/deno.ts', import.meta.url),
    command: [DENO, 'run', '--no-prompt', '--no-config', '--no-lock', '-A'],
  },
  { name: 'bun', entry: new URL('forwarding/bun.ts', import.meta.url), command: [bun()] },
] as const;

async function startProgram(entry: URL, command: readonly string[]): Promise<Client> {
  const outfile = join(await temporaryFolder(onTestFinished), 'program.mjs');
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    conditions: ['@nacre/source'],
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  const [program = '', ...words] = command;
  const child = spawn(program, [...words, outfile], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  // The package's command is a script in front of the program: both are ended.
  onTestFinished(() => void process.kill(-child.pid!, 'SIGKILL'));
  const port = Number(String(((await once(child.stdout, 'data')) as [Buffer])[0]));
  const client = await connect(await connectTcp('127.0.0.1', port), {
    user: 'guest',
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
  });
  onTestFinished(() => client.close());
  return client;
}

async function askThrough(stream: Awaited<ReturnType<Client['openTcp']>>, question: string): Promise<string> {
  await stream.write(Buffer.from(question));
  stream.end();
  const chunks: Uint8Array[] = [];
  for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) chunks.push(chunk);
  await stream.closed;
  return Buffer.concat(chunks).toString();
}

describe.each(RUNTIMES)('$name', ({ entry, command }) => {
  test('connects and listens for a client', async () => {
    const folder = await temporaryFolder(onTestFinished);
    const path = (file: string): string => join(folder, file);
    const port = await startEcho(onTestFinished);
    await startEcho(onTestFinished, { path: path('echo') });
    const client = await startProgram(entry, command);
    expect(await askThrough(await client.openTcp('127.0.0.1', port), 'tcp')).toBe('echo tcp');
    expect(await askThrough(await client.openTcp('localhost', port), 'name')).toBe('echo name');
    expect(await askThrough(await client.openUnix(path('echo')), 'unix')).toBe('echo unix');
    await expect(client.openTcp('127.0.0.1', 1)).rejects.toMatchObject({ code: 2 });

    const tcp = await client.listen({ port: 0 });
    const unix = await client.listenUnix(path('far'));
    for (const [listener, where] of [
      [tcp, { port: tcp.port, host: '127.0.0.1' }],
      [unix, { path: path('far') }],
    ] as const) {
      const asked = ask(where, 'in');
      const { value } = await listener[Symbol.asyncIterator]().next();
      expect(Buffer.from((await value!.read())!).toString()).toBe('in');
      expect(await value!.read()).toBe(undefined);
      await value!.write(Buffer.from('out'));
      value!.end();
      expect((await asked).toString()).toBe('out');
      await listener.close();
    }
    await expect(ask({ port: tcp.port, host: '127.0.0.1' }, 'x')).rejects.toThrow('ECONNREFUSED');
  });

  test.skipIf(isMissing('ssh-agent', 'ssh-add'))(
    'ssh-add in a session there lists the keys of an agent here',
    async () => {
      const folder = await temporaryFolder(onTestFinished);
      const socket = join(folder, 'agent');
      await start(onTestFinished, 'ssh-agent', ['-D', '-a', socket]).printed(/SSH_AUTH_SOCK/);
      const key = await writeKey(folder, 'user', await testKey('ssh-ed25519'));
      await start(onTestFinished, 'ssh-add', [key], { env: { SSH_AUTH_SOCK: socket } }).finished;
      const client = await startProgram(entry, command);
      const agent = (): ByteLink => fromSocket(connectSocket({ path: socket, allowHalfOpen: true }));
      const { stdout, exitCode } = await client.exec('ssh-add', { agent });
      expect([exitCode, Buffer.from(stdout).toString()]).toEqual([0, expect.stringMatching(/SHA256:.*ED25519/)]);
      expect((await client.exec('ssh-add')).exitCode).toBe(2);
    },
  );
});
