/** The playground: an SSH server with a shell that uses only memory. The same file runs on every runtime. */
import {
  compose,
  createServer,
  reject,
  type AlgorithmOptions,
  type LimitOptions,
  type LogRecord,
  type Middleware,
  type RekeyLimits,
  type Server,
  type Session,
  type SessionHandler,
  type Signer,
} from '@nacre/core';
import type { Awaitable, CryptoProvider } from '@nacre/core/crypto';
import { findOwnCommand } from './commands/index.js';
import type { CommandResult } from './commands/command.js';
import { Job } from './job.js';
import { SessionIo, type SessionTap } from './session-io.js';
import type { Machine } from './shell/index.js';
import { userHooks } from './users.js';

export type { SessionTap } from './session-io.js';

export interface PlaygroundOptions {
  readonly hostKeys: readonly Signer[] | (() => Awaitable<readonly Signer[]>);
  /** The text of an authorized_keys file, for the users `keys` and `both`. */
  readonly authorizedKeys?: string;
  readonly crypto?: CryptoProvider;
  readonly algorithms?: AlgorithmOptions;
  readonly rekey?: Partial<RekeyLimits>;
  readonly limits?: LimitOptions;
  readonly log?: (record: LogRecord) => void;
  /** Called for each session that begins; through `tap` a host can watch, and type. */
  readonly onSession?: (session: Session, tap: SessionTap) => void;
}

export function createPlayground(options: PlaygroundOptions): Server {
  const { authorizedKeys = '', log, onSession, limits, ...serverOptions } = options;
  const ios = new WeakMap<Session, SessionIo>();
  const ioOf = (session: Session): SessionIo => {
    const io = ios.get(session) ?? new SessionIo(session, options.crypto?.release);
    ios.set(session, io);
    return io;
  };

  const shown: Middleware = (session, next) => {
    onSession?.(session, ioOf(session).tap);
    return next();
  };
  const ownCommands: Middleware = (session, next) => {
    const { request } = session;
    const own = request.type === 'exec' ? findOwnCommand(request.command) : undefined;
    return own === undefined ? next() : runOwn(ioOf(session), own);
  };
  return createServer({
    ...serverOptions,
    // All clients come from loopback, or through one bridge: a mistyped password must not lock out the others.
    limits: { penalties: false, ...limits },
    hooks: {
      ...userHooks(authorizedKeys),
      ...(log === undefined ? {} : { log }),
      command: ({ request }) => (request.type === 'subsystem' ? reject('the playground has no subsystems') : undefined),
    },
    session: compose(shown, ownCommands, shellHandler(ioOf)),
  });
}

/** Streams go straight to the command: a shell would hold back all of its output until it ends. */
async function runOwn(io: SessionIo, { command, operands }: OwnCommandCall): Promise<number> {
  const job = new Job(io);
  try {
    const result = await command.run(operands, job, io.session);
    return finish(io.session, job.killedBy === undefined ? result : { signal: job.killedBy });
  } finally {
    job.end();
  }
}

type OwnCommandCall = NonNullable<ReturnType<typeof findOwnCommand>>;

function shellHandler(ioOf: (session: Session) => SessionIo): SessionHandler {
  let machine: Promise<Machine> | undefined;
  return async (session) => {
    // The shell is a third of a megabyte, so it is loaded when first needed.
    machine ??= import('./shell/index.js').then(({ createMachine }) => createMachine());
    return finish(session, await (await machine).run(ioOf(session)));
  };
}

/** RFC 4254 §6.10: the handler returns the exit status; a signal is sent here, and the return value then does not matter. */
function finish(session: Session, result: CommandResult): number {
  if (typeof result === 'number') return result;
  session.exitSignal(result.signal);
  return 1;
}
