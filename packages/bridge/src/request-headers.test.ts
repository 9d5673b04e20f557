/** Header fields of an upgrade: where they come from, and what may not be among them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readHeaders } from './request-headers.js';

async function file(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-bridge-headers-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'file'), text);
  return join(directory, 'file');
}

test('flags, a file and a command, later ones win; comments and empty lines are skipped', async () => {
  const headers = await readHeaders({
    headers: ['X-One: flag', 'X-Two: flag'],
    headerFile: await file('# service token\nCF-Access-Client-Id: id\n\nX-Two: file\n'),
    headerCommand: 'printf "X-Three: command\\n"',
  });
  expect(headers).toEqual({ 'x-one': 'flag', 'x-two': 'file', 'cf-access-client-id': 'id', 'x-three': 'command' });
});

test('RFC 7617 §2: basic credentials out of a file', async () => {
  expect(await readHeaders({ basicFile: await file('user:pass:word\n') })).toEqual({
    authorization: `Basic ${Buffer.from('user:pass:word').toString('base64')}`,
  });
});

test.each([
  'no colon',
  'X-Evil: a\r\nX-Other: b',
  'X Y: blank in name',
  ': empty name',
  'Host: evil.test',
  'Sec-WebSocket-Key: x',
  'Upgrade: x',
])('"%s" is refused with exit code 64', async (line) => {
  await expect(readHeaders({ headers: [line] })).rejects.toMatchObject({ exitCode: 64 });
});

test('an error about a header does not contain the secret', async () => {
  for (const sources of [{ headers: ['hidden'] }, { basicFile: await file('hidden') }]) {
    await expect(readHeaders(sources)).rejects.toThrow(/^(?!.*hidden)/);
  }
});

test('a command that fails, and a file that is not there, have exit code 64', async () => {
  await expect(readHeaders({ headerCommand: 'exit 3' })).rejects.toMatchObject({ exitCode: 64 });
  await expect(readHeaders({ headerFile: '/nonexistent' })).rejects.toMatchObject({ exitCode: 64 });
});
