/** The session that snapshots are taken of: what the server does, identical in every process. */
import { accept, type ServerOptions, type SessionObject, type Signer } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';

interface ShellState {
  readonly line: string;
  readonly lines: number;
}

/** A shell that answers every line with its number, and keeps everything it remembers in `session.state`. */
const shell: SessionObject = {
  open: async (session) => {
    session.state = { line: '', lines: 0 } satisfies ShellState;
    await session.print(`welcome ${session.user}\n$ `);
  },
  data: async (session, chunk) => {
    let { line, lines } = session.state as ShellState;
    for (const byte of chunk) {
      if (byte !== 10) {
        line += String.fromCharCode(byte);
        continue;
      }
      lines += 1;
      const { columns, rows } = session.pty ?? { columns: 0, rows: 0 };
      if (line === 'rekey') session.connection.rekey();
      if (line.startsWith('exit ')) session.exit(Number(line.slice(5)));
      else if (line.startsWith('big ')) void session.write(new Uint8Array(Number(line.slice(4))).fill(120));
      else await session.print(`${lines} ${line} ${columns}x${rows} ${session.env.get('LANG')}\n$ `);
      line = '';
    }
    session.state = { line, lines };
  },
  resize: (session, { columns, rows }) => session.print(`resized ${columns}x${rows}\n`),
  signal: (session, name) => session.print(`signal ${name}\n`),
};

export function snapshotServerOptions(hostKey: Signer): ServerOptions {
  return {
    hostKeys: [hostKey],
    crypto: nodeCrypto,
    // Dozens of sessions with three exchanges each: the fastest is as good as any.
    algorithms: { keyExchanges: 'curve25519-sha256' },
    session: shell,
    hooks: {
      password: ({ connection }, password) => {
        connection.state = { tries: ((connection.state as { tries: number } | undefined)?.tries ?? 0) + 1 };
        return password === 'right' ? accept : undefined;
      },
    },
  };
}
