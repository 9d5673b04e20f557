/** What a newcomer does: stock clients log in to the playground, type, edit, resize and leave. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { generateKey } from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { createPlayground } from '../../examples/playground/src/app.js';
import { dbclient, plink } from './clients.js';
import { askpass, openssh, TARGET } from './openssh.js';
import { isMissing } from './processes.js';
import { startTerminal } from './terminal.js';

async function startPlayground() {
  const hostKeys = [await generateKey('ssh-ed25519', { crypto: nodeCrypto })];
  const server = createPlayground({ hostKeys, crypto: nodeCrypto });
  const listener = await listen(server, { port: 0 });
  onTestFinished(async () => {
    await server.close();
    await listener.close();
  });
  return { port: listener.port, hostKeys, connections: [] };
}

describe('a shell on a terminal', () => {
  test.skipIf(isMissing('ssh', 'script', 'stty'))('history, a pipe, an edited line, resize, status', async () => {
    const { words } = await openssh(onTestFinished, await startPlayground(), 'guest');
    const terminal = await startTerminal(onTestFinished, ['ssh', ...words, TARGET]);
    await terminal.printed(/\$ $/);
    terminal.type('ls / | wc -l\r');
    await terminal.printed(/\r\n\d+\r\n/);
    terminal.type('echo first-$((6*7))\r');
    await terminal.printed(/first-42\r\n/);
    // Up for the line before, then left over the brackets: 7 becomes 70.
    terminal.type('\x1b[A\x1b[D\x1b[D0\r');
    await terminal.printed(/first-420\r\n/);
    await terminal.resize(132, 50);
    terminal.type('pty\r');
    await terminal.printed(/132/);
    terminal.type('exit 3\r');
    expect((await terminal.finished).code).toBe(3);
  });

  test.skipIf(isMissing('ssh', 'script', 'stty'))('^C ends a command, ^D the shell', async () => {
    const { words } = await openssh(onTestFinished, await startPlayground(), 'guest');
    const terminal = await startTerminal(onTestFinished, ['ssh', ...words, TARGET]);
    await terminal.printed(/\$ $/);
    terminal.type('sink\r');
    await terminal.printed(/sink[^\n]*\n/);
    terminal.type('\x03');
    await terminal.printed(/\^C[^$]*\$ $/);
    terminal.type('\x04');
    // 128 and SIGINT: the status of the last command, as any shell gives it.
    expect((await terminal.finished).code).toBe(130);
  });
});

describe('a command, by password', () => {
  const both = 'echo hi; echo err >&2; exit 5';

  test.skipIf(isMissing('ssh'))('ssh, which is asked for the password once', async () => {
    const { ssh, folder } = await openssh(onTestFinished, await startPlayground(), 'demo');
    const { code, stdout, stderr } = await ssh([TARGET, both], await askpass(folder, { password: 'demo' })).finished;
    expect([code, stdout.toString(), stderr]).toEqual([5, 'hi\n', 'err\n']);
  });

  test.skipIf(isMissing('plink'))('plink', async () => {
    const client = await plink(onTestFinished, await startPlayground(), { user: 'demo', password: 'demo' });
    const { code, stdout, stderr } = await (await client.run([both])).finished;
    expect([code, stdout.toString(), stderr]).toEqual([5, 'hi\n', 'err\n']);
  });

  test.skipIf(isMissing('dbclient'))('dbclient', async () => {
    const client = await dbclient(onTestFinished, await startPlayground(), { user: 'demo', password: 'demo' });
    const { code, stdout, stderr } = await (await client.run([both])).finished;
    expect([code, stdout.toString(), stderr]).toEqual([5, 'hi\n', 'err\n']);
  });
});
