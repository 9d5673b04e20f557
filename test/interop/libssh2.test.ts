/** RFC 4819 with libssh2's client, from which a small program is compiled. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { memoryPublicKeys, publicKeySubsystem, type StoredKey } from '@nacre/core/publickey';
import { testKey } from './keys.js';
import { startOurServer } from './our-server.js';
import { isMissing, start, temporaryFolder, tool } from './processes.js';

const source = fileURLToPath(new URL('./libssh2/publickey.c', import.meta.url));
const it = test.skipIf(isMissing('cc') || !existsSync('/usr/include/libssh2_publickey.h'));

it('libssh2 adds, lists and removes keys at our server', async () => {
  const program = join(await temporaryFolder(onTestFinished), 'publickey');
  await tool('cc', '-o', program, source, '-lssh2');
  const users = new Map<string, StoredKey[]>();
  const { port } = await startOurServer(onTestFinished, { session: publicKeySubsystem(memoryPublicKeys(users)) });
  const { publicKey } = await testKey('ssh-ed25519');
  const words = [String(port), 'demo', 'demo', Buffer.from(publicKey).toString('hex')];
  const { code, stdout, stderr } = await start(onTestFinished, program, words).finished;
  expect([stderr, code]).toEqual(['', 0]);
  expect(stdout.toString().split('\n')).toEqual([
    '1 keys',
    `ssh-ed25519 ${publicKey.length} bytes comment=laptop`,
    '0 keys',
    '',
  ]);
  expect(users.get('demo')).toEqual([]);
});
