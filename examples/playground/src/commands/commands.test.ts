import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { openPlayground, run, Visitor } from '../testing/visit.js';

let client: Client;
beforeAll(async () => {
  client = await (await openPlayground()).visit();
});
afterAll(() => client.close());

/** Of 48 MiB of zeros, more than a shell takes in whole. */
const ZEROS = 'cfadd44a103cbd6d5726fa07b27d7aad2f67ed3930ff96901c486a5beaf7e723';
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('zero', () => {
  test('writes so many MiB of zeros', async () => {
    const { stdout } = await client.exec('zero 3');
    expect(stdout.length).toBe(3 * 2 ** 20);
    expect(stdout.every((byte) => byte === 0)).toBe(true);
  });
  test('stops where the client does', async () => {
    const process = await client.spawn('zero 1000000');
    await process.read();
    process.kill('TERM');
    while ((await process.read()) !== undefined);
    expect(await process.exited).toEqual({ exitCode: undefined, signal: 'TERM' });
  });
  test.each(['zero', 'zero x', 'zero -1', 'zero 1 2', 'zero 99999999'])('%s is refused', async (command) => {
    expect(await run(client, command)).toMatchObject({ stdout: '', stderr: 'usage: zero MIB\n', exitCode: 2 });
  });
});

describe('sink and sha256', () => {
  test('read stdin to its end', async () => {
    expect(await run(client, 'sink', new Uint8Array(3_000_000))).toMatchObject({ stdout: '3000000\n', exitCode: 0 });
    expect((await run(client, 'sink', '')).stdout).toBe('0\n');
    expect((await run(client, 'sha256', 'abc')).stdout).toBe(`${ABC}\n`);
  });
  test('take each chunk as it comes', async () => {
    const process = await client.spawn('sha256');
    const megabyte = new Uint8Array(2 ** 20);
    for (let written = 0; written < 12; written += 1) await process.write(megabyte);
    process.end();
    expect(new TextDecoder().decode(await process.read())).toBe(`${ZEROS}\n`);
    expect(await process.exited).toMatchObject({ exitCode: 0 });
  });
  test.each(['sink', 'sha256'])('%s frees each chunk once it is used', async (command) => {
    let freed = 0;
    const release = (memory: ArrayBuffer): void => {
      freed += memory.byteLength;
      new Uint8Array(memory).fill(0xff);
      structuredClone(memory, { transfer: [memory] });
    };
    const playground = await openPlayground({ crypto: { ...nodeCrypto, release } });
    const visitor = await playground.visit();
    const stdin = new Uint8Array(3_000_000).fill(7);
    const expected = { sink: '3000000', sha256: createHash('sha256').update(stdin).digest('hex') }[command];
    expect((await run(visitor, command, stdin)).stdout).toBe(`${expected}\n`);
    expect(freed).toBeGreaterThanOrEqual(stdin.length);
    visitor.close();
  });
  test('work within a script too', async () => {
    expect((await run(client, 'printf abc | sha256 | head -c 8; printf 12345 | sink')).stdout).toBe('ba7816bf5\n');
  });
});

test.each([0, 1, 255, 256, 4294967295])('exit-with %i', async (status) => {
  expect(await run(client, `exit-with ${status}`)).toMatchObject({ stdout: '', stderr: '', exitCode: status });
});

test('exit-with refuses what is no status', async () => {
  expect(await run(client, 'exit-with 4294967296')).toMatchObject({ stderr: 'usage: exit-with N\n', exitCode: 2 });
});

describe('die', () => {
  test.each(['TERM', 'SIGKILL', 'USR1'])('%s', async (name) => {
    const signal = name.replace('SIG', '');
    expect(await run(client, `die ${name}`)).toMatchObject({ exitCode: undefined, signal });
  });
  test('ends a script where it stands', async () => {
    expect(await run(client, 'echo a; die HUP; echo b')).toMatchObject({ stdout: 'a\n', signal: 'HUP' });
  });
  test('refuses what is no name', async () => {
    expect(await run(client, 'die term')).toMatchObject({ exitCode: 2, signal: undefined });
  });
});

test('stderr writes there and nowhere else', async () => {
  expect(await run(client, 'stderr two words')).toMatchObject({ stdout: '', stderr: 'two words\n', exitCode: 0 });
  expect(await run(client, "stderr 'a  b'; echo c")).toMatchObject({ stdout: 'c\n', stderr: 'a  b\n' });
});

describe('pty', () => {
  test('shows the terminal and its modes', async () => {
    const pty = { term: 'vt100', columns: 132, rows: 50, widthPixels: 1320, heightPixels: 1000 };
    const visitor = await Visitor.start(client, 'pty', { ...pty, modes: { VINTR: 3, ECHO: 1, ONLCR: 1 } });
    await visitor.sees('VINTR=3 ECHO=1 ONLCR=1\r\n');
    expect(visitor.shown).toBe('term: vt100\r\nsize: 132x50\r\npixels: 1320x1000\r\nmodes: VINTR=3 ECHO=1 ONLCR=1\r\n');
  });
  test('says where there is none', async () => {
    expect(await run(client, 'pty')).toMatchObject({
      stdout: '',
      stderr: 'pty: the client asked for no terminal\n',
      exitCode: 1,
    });
  });
});

test('connection shows what was negotiated', async () => {
  const { stdout } = await run(client, 'connection');
  const rows = Object.fromEntries(stdout.split('\n').map((line) => line.split(': ') as [string, string]));
  expect(rows).toMatchObject({
    user: 'demo',
    method: 'password',
    address: '127.0.0.1',
    'key exchange': client.negotiated?.keyExchange,
    'host key': 'ssh-ed25519',
    'client to server': client.negotiated?.clientToServer.cipher,
  });
  expect(rows).not.toHaveProperty('key');
});
