/** Stock clients on a real terminal: the pty request, keys as bytes, resizes, breaks, the shell's status. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { dbclient, plink } from './clients.js';
import { openssh, TARGET } from './openssh.js';
import { startOurServer, type OurServer } from './our-server.js';
import { isMissing } from './processes.js';
import { startTerminal } from './terminal.js';

const CLIENTS: readonly {
  readonly program: string;
  readonly words: (server: OurServer) => Promise<readonly string[]>;
}[] = [
  {
    program: 'ssh',
    words: async (server) => ['ssh', ...(await openssh(onTestFinished, server)).words, TARGET],
  },
  { program: 'plink', words: async (server) => (await plink(onTestFinished, server)).words([]) },
  { program: 'dbclient', words: async (server) => (await dbclient(onTestFinished, server)).words([]) },
];

describe.each(CLIENTS)('$program', ({ program, words }) => {
  const it = test.skipIf(isMissing(program, 'script', 'stty'));

  it('a shell on a terminal: size, modes, arrow keys, resize, status', async () => {
    const terminal = await startTerminal(onTestFinished, await words(await startOurServer(onTestFinished)));
    // Interop: dbclient sends the bit of its own termios, 8, while others send 1.
    await terminal.printed(/pty xterm 80x24 VEOF=4 ECHO=[1-9]/);
    terminal.type('\x1b[A');
    await terminal.printed(/keys 1b5b41/);
    await terminal.resize(101, 33);
    await terminal.printed(/resized 101x33/);
    terminal.type('\x03');
    await terminal.printed(/keys 03/);
    terminal.type('q');
    expect((await terminal.finished).code).toBe(3);
  });
});

test.skipIf(isMissing('ssh', 'script'))('RFC 4335: a break, which OpenSSH sends for ~B', async () => {
  const server = await startOurServer(onTestFinished);
  const { words } = await openssh(onTestFinished, server);
  const terminal = await startTerminal(onTestFinished, ['ssh', ...words, TARGET]);
  await terminal.printed(/pty xterm/);
  terminal.type('\r~B');
  await terminal.printed(/break 1000/);
  terminal.type('q');
  expect((await terminal.finished).code).toBe(3);
});
