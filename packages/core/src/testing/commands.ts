/** Commands of the test server, with which client tests can observe bytes, statuses, signals and ends. */
import type { SignalName } from '../connection/session-requests.js';
import type { Session } from '../server/session/session.js';

/** Runs a command. @returns its exit status. */
export type Command = (session: Session, words: readonly string[]) => Promise<number> | number;

const NOT_FOUND = 127;
const ZEROS = 16 * 1024;

async function eachChunk(session: Session, use: (chunk: Uint8Array) => Promise<void> | void): Promise<void> {
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) await use(chunk);
}

async function say(session: Session, text: string): Promise<number> {
  await session.print(`${text}\n`);
  return 0;
}

/** Selected by the first word; words are split at spaces, and no other shell syntax is supported. */
export const commands: Readonly<Record<string, Command>> = {
  true: () => 0,
  false: () => 1,
  echo: (session, words) => say(session, words.join(' ')),
  exit: (_session, [status = '0']) => Number(status),
  whoami: (session) => say(session, session.user),
  env: (session) => say(session, [...session.env].map(([name, value]) => `${name}=${value}`).join('\n')),
  cat: async (session) => {
    await eachChunk(session, (chunk) => session.write(chunk));
    return 0;
  },
  /** Counts its input. */
  wc: async (session) => {
    let bytes = 0;
    await eachChunk(session, (chunk) => void (bytes += chunk.length));
    return say(session, `${bytes}`);
  },
  stderr: async (session, words) => {
    await session.printError(`${words.join(' ')}\n`);
    return 0;
  },
  /** The given number of zero bytes. */
  zero: async (session, [count = '0']) => {
    for (let left = Number(count); left > 0; left -= ZEROS) await session.write(new Uint8Array(Math.min(left, ZEROS)));
    return 0;
  },
  /** Ends like a program killed by a signal. */
  die: (session, [signal = 'TERM']) => {
    session.exitSignal(signal as SignalName);
    return 0;
  },
  /** Waits until the client leaves, or the server closes. */
  wait: (session) =>
    new Promise((resolve) => {
      const end = (): void => resolve(0);
      session.closed.addEventListener('abort', end, { once: true });
      session.connection.closing.addEventListener('abort', end, { once: true });
    }),
};

/** Runs a line using `table`. An unknown command returns status 127, as in a shell. */
export async function runCommand(
  session: Session,
  line: string,
  table: Readonly<Record<string, Command>>,
): Promise<number> {
  const [name = '', ...words] = line.split(' ').filter(Boolean);
  const command = Object.hasOwn(table, name) ? table[name] : undefined;
  if (command !== undefined) return command(session, words);
  await session.printError(`${name}: command not found\n`);
  return NOT_FOUND;
}

/** A shell without a prompt: one command per line, until `exit` or the end of the input. */
export async function runShell(session: Session, table: Readonly<Record<string, Command>>): Promise<number> {
  const decoder = new TextDecoder();
  let typed = '';
  let status = 0;
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
    const lines = `${typed}${decoder.decode(chunk, { stream: true })}`.split(/\r\n|\r|\n/);
    typed = lines.pop()!;
    for (const line of lines.filter((text) => text.trim() !== '')) {
      if (line === 'exit') return status;
      status = await runCommand(session, line, table);
    }
  }
  return status;
}
