/** The same suite on every runtime: a stock ssh client uses the playground, with a rekey every mebibyte. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { formatPublicKey } from '@nacre/core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { testKey, writeKey } from '../interop/keys.js';
import { openssh, TARGET } from '../interop/openssh.js';
import { isMissing, start } from '../interop/processes.js';
import { collectUndos, openDescriptors, RUNTIMES, startPlayground, type Playground } from './playground-process.js';

const MEBIBYTE = 1024 * 1024;
const REKEY = ['--rekey-bytes', String(MEBIBYTE)];

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** Key exchanges that `ssh -v` reports. */
const exchanges = (log: string): number => log.match(/SSH2_MSG_NEWKEYS received/g)?.length ?? 0;

describe.each(RUNTIMES)('$name', (runtime) => {
  describe.skipIf(runtime.isMissing || isMissing('ssh'))('with a stock client', () => {
    let playground: Playground;
    beforeAll(async () => {
      const undo = collectUndos();
      playground = await startPlayground(undo.add, runtime, REKEY);
      return undo.run;
    });

    test('a command: both outputs and its status', async () => {
      const { ssh } = await openssh(onTestFinished, playground);
      const { code, stdout, stderr } = await ssh([TARGET, 'echo hi; echo err >&2; exit 5']).finished;
      expect([code, stdout.toString(), stderr]).toEqual([5, 'hi\n', 'err\n']);
    });

    test('a shell on a terminal, typed into', async () => {
      const { ssh } = await openssh(onTestFinished, playground);
      const shell = ssh(['-tt', TARGET]);
      await shell.printed(/\$ /);
      shell.child.stdin.write('echo $((6*7)) | cat\r');
      await shell.printed(/\r\n42\r\n/);
      shell.child.stdin.write('exit 3\r');
      expect((await shell.finished).code).toBe(3);
    });

    test('a key that was authorized', async () => {
      const { ssh, folder } = await openssh(onTestFinished, playground, 'keys');
      const key = await writeKey(folder, 'user', await testKey('ssh-ed25519'));
      expect((await ssh(['-i', key, TARGET, 'exit-with 7']).finished).code).toBe(7);
    });

    test.skipIf(isMissing('ssh-keyscan'))('ssh-keyscan gets the host key', async () => {
      // By itself it gives up after 5 s.
      const words = ['-T', '60', '-t', 'ed25519', '-p', String(playground.port), TARGET];
      const { stdout } = await start(onTestFinished, 'ssh-keyscan', words).finished;
      expect(stdout.toString()).toContain(formatPublicKey(playground.hostKeys[0]!.public).split(' ')[1]);
    });

    test('8 MiB from the server, with rekeys', async () => {
      const { ssh } = await openssh(onTestFinished, playground);
      const { code, stdout, stderr } = await ssh(['-v', TARGET, 'zero 8']).finished;
      expect(code).toBe(0);
      expect(sha256(stdout)).toBe(sha256(new Uint8Array(8 * MEBIBYTE)));
      expect(exchanges(stderr)).toBeGreaterThanOrEqual(4);
    });

    // A tab's window lets 4 MiB be in flight when it asks for a rekey.
    test('16 MiB to the server, with rekeys', async () => {
      const input = randomBytes(16 * MEBIBYTE);
      const { ssh } = await openssh(onTestFinished, playground);
      const { stdout, stderr } = await ssh(['-v', TARGET, 'sha256'], { input }).finished;
      expect(stdout.toString()).toContain(sha256(input));
      expect(exchanges(stderr)).toBeGreaterThanOrEqual(4);
    });

    test('what is no ssh is turned away, and the next client is served', async () => {
      const socket = connect({ host: '127.0.0.1', port: playground.port });
      socket.on('error', () => undefined);
      socket.end(randomBytes(4096));
      socket.resume();
      await once(socket, 'close');
      const { ssh } = await openssh(onTestFinished, playground);
      expect((await ssh([TARGET, 'exit-with 7']).finished).code).toBe(7);
    });

    test('clients that vanish leave nothing behind', async () => {
      const { ssh } = await openssh(onTestFinished, playground);
      await ssh([TARGET, 'exit-with 0']).finished;
      const before = await openDescriptors(playground.pid);
      for (let round = 0; round < 4; round += 1) {
        const clients = Array.from({ length: 5 }, () => ssh([TARGET, 'zero 100000']));
        await Promise.all(clients.map(({ child }) => once(child.stdout, 'data')));
        for (const { child } of clients) child.kill('SIGKILL');
        await Promise.all(clients.map(({ finished }) => finished));
      }
      if (runtime.ownsSockets) {
        await expect.poll(() => openDescriptors(playground.pid)).toBeLessThanOrEqual(before + 1);
      }
      expect((await ssh([TARGET, 'exit-with 7']).finished).code).toBe(7);
    });
  });
});
