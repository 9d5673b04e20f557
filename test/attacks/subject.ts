/** A server under test that records everything it is asked, says and keeps. */
import {
  accept,
  createServer,
  generateKey,
  trace,
  type Hooks,
  type LogRecord,
  type PrivateKey,
  type Server,
  type ServerOptions,
  type Session,
  type Signer,
} from '@nacre/core';
import { ManualClock } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { LiveConnection } from '../../packages/core/src/server/connection.js';

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets everything that is in progress in memory settle. */
export async function settle(): Promise<void> {
  for (let index = 0; index < 12; index += 1) await turn();
}

/** In ms: what has not come by then never does. */
export const PATIENCE = Number(process.env['PATIENCE'] ?? 30_000);

/** Waits until `condition` holds, whatever carries the bytes. @throws if it never does. */
export async function eventually(condition: () => boolean, what: string, patience = PATIENCE): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > patience) throw new Error(`in vain: ${what}`);
    await turn();
  }
}

/** How long a refusal takes, in ms. Such waits pass by themselves: nothing else about them matters here. */
const BRIEF = 20;

/** A clock that moves only when told to, except for refusals. */
export class CountingClock extends ManualClock {
  #soon = 0;

  override get pending(): number {
    return super.pending + this.#soon;
  }

  override schedule(callback: () => void, milliseconds: number): () => void {
    if (milliseconds <= 0 || milliseconds > BRIEF) return super.schedule(callback, milliseconds);
    let isPending = true;
    const over = (): void => {
      if (isPending) this.#soon -= 1;
      isPending = false;
    };
    this.#soon += 1;
    const cancel = soon(() => {
      over();
      callback();
    });
    return () => {
      over();
      cancel();
    };
  }
}

function soon(callback: () => void): () => void {
  const immediate = setImmediate(callback);
  return () => clearImmediate(immediate);
}

/** A server under test, what its application was asked, and its log. */
export interface Subject {
  readonly server: Server;
  readonly clock: CountingClock;
  readonly log: LogRecord[];
  /** Names of hooks and handlers in the order of their calls; `sign` stands for the host key. */
  readonly calls: string[];
  /** Bytes of channel data that reached a handler. */
  delivered: number;
}

const hostKey: Promise<PrivateKey> = generateKey('ssh-ed25519', { crypto: nodeCrypto });

export async function subject(options: Partial<ServerOptions> = {}): Promise<Subject> {
  const log: LogRecord[] = [];
  const calls: string[] = [];
  const clock = new CountingClock();
  const key = await hostKey;
  const signer: Signer = {
    publicKey: key.publicKey,
    algorithms: key.algorithms,
    sign: (algorithm, hash) => {
      calls.push('sign');
      return key.sign(algorithm, hash);
    },
  };
  const echo = async (session: Session): Promise<number> => {
    calls.push('session');
    for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
      under.delivered += chunk.length;
      await session.write(chunk);
    }
    return 0;
  };
  const hooks: Hooks = {
    none: ({ user }) => (user === 'guest' ? accept : undefined),
    password: (_attempt, password) => (password === 'right' ? accept : undefined),
    ...options.hooks,
  };
  const server = createServer({
    hostKeys: [signer],
    crypto: nodeCrypto,
    clock,
    session: echo,
    ...options,
    // Every case is logged in full detail: the log is checked after each.
    hooks: { log: (record) => void log.push(record), ...withTrace(recorded(hooks, calls)) },
  });
  const under: Subject = { server, clock, log, calls, delivered: 0 };
  return under;
}

function withTrace(hooks: Hooks): Hooks {
  return { ...hooks, message: trace('messages', hooks.message) };
}

/** The hooks, each of which records its name when it is called. */
function recorded(hooks: Hooks, calls: string[]): Hooks {
  const rows = Object.entries(hooks).map(([name, hook]: [string, (...given: never[]) => unknown]) => [
    name,
    (...given: never[]) => {
      if (name !== 'log') calls.push(name);
      return hook(...given);
    },
  ]);
  return Object.fromEntries(rows) as Hooks;
}

/** What the library holds for open connections: input not handled and output not taken, in bytes. */
export function heldBytes({ server }: Subject): number {
  const transports = server.connections.map((connection) =>
    connection instanceof LiveConnection ? connection.engine?.transport : undefined,
  );
  return transports.reduce((sum, transport) => sum + (transport?.waiting ?? 0) + (transport?.outgoing.length ?? 0), 0);
}
