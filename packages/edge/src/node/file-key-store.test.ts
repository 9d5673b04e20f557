import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, fingerprint } from '@nacre/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenWebSocket } from '../node-web-socket.js';
import { listen } from '../node.js';
import { fileKeyStore } from './file-key-store.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-'));
  path = join(folder, 'host_ed25519');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const shown = async (): Promise<string> => fingerprint((await fileKeyStore(path).load())[0]!.publicKey);

test('the key is made once, is its owner’s alone, and leaves no draft', async () => {
  const first = await shown();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
  expect(await readdir(folder)).toEqual(['host_ed25519']);
  expect(await shown()).toBe(first);
});

test('eight processes that begin at once show one key', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, shown));
  expect(new Set(keys).size).toBe(1);
  expect(await readdir(folder)).toEqual(['host_ed25519']);
});

test('a key that others can read is refused', async () => {
  await shown();
  await chmod(path, 0o640);
  await expect(shown()).rejects.toThrow(`others can read the host key ${path}: run chmod 600 ${path}`);
});

test('a folder in place of the file is reported, without advice to change its mode', async () => {
  await expect(fileKeyStore(folder).load()).rejects.toThrow(`${folder} is a folder: name a file in it`);
});

test('a folder that is not there is said at the start, and nothing listens', async () => {
  const server = createServer({ hostKeys: fileKeyStore(join(folder, 'gone', 'key')) });
  const message = /^no host key is kept in .*gone\/key, and none can be written there/;
  await expect(server.ready()).rejects.toThrow(message);
  await expect(listen(server, { port: 0 })).rejects.toThrow(message);
  await expect(listenWebSocket(server, { port: 0 })).rejects.toThrow(message);
});
