/** RFC 4254 §6: a session served by another SSH server: request, terminal, environment, signals, output, status. */
import type { Client } from '../../client/client.js';
import { sessionRequests } from '../../connection/session-requests.js';
import type { Awaitable } from '../../crypto/provider.js';
import type { RemoteProcess } from '../../client/process.js';
import type { Session, SessionHandler } from '../../server/session/session.js';
import { showThrown } from '../../wire/printable.js';

/** The exit status of ssh for a connection that failed or broke. */
const NOT_REACHED = 255;

export interface RelayOptions {
  /** Keeps the client open when a session ends: it belongs to the caller and may serve others. False by default. */
  readonly keepOpen?: boolean;
  /** Selects variables to pass on by name; by default all that the client set. */
  readonly env?: (name: string) => boolean;
}

/** A handler that serves its sessions through the client that `connect` returns. The agent is passed on if the session has one. */
export function relay(connect: (session: Session) => Awaitable<Client>, options: RelayOptions = {}): SessionHandler {
  return async (session) => {
    let client: Client | undefined;
    let remote: RemoteProcess | undefined;
    try {
      client = await connect(session);
      if (session.closed.aborted) return NOT_REACHED;
      remote = await begin(session, client, options);
      return await serve(session, remote);
    } catch (error) {
      if (session.closed.aborted) return NOT_REACHED;
      const [event, text] = remote === undefined ? UNREACHABLE : CUT_SHORT;
      session.connection.log(4, 'session', event, { error: showThrown(error) });
      await session.printError(text).catch(ignore);
      return NOT_REACHED;
    } finally {
      if (options.keepOpen !== true) client?.close();
    }
  };
}

/** For the log and for the client. Security: the cause is for the log; the client learns only that it failed. */
const UNREACHABLE = ['could not be relayed', 'the session could not be passed on\n'] as const;
const CUT_SHORT = ['was cut short', 'the session was cut short\n'] as const;
const ignore = (): void => undefined;

function begin(session: Session, client: Client, { env: passes = () => true }: RelayOptions): Promise<RemoteProcess> {
  const { request, pty, agent } = session;
  const options = {
    env: Object.fromEntries([...session.env].filter(([name]) => passes(name))),
    ...(agent && { agent: () => agent.open() }),
  };
  if (request.type === 'subsystem') return client.subsystem(request.name);
  if (request.type === 'shell') return client.shell({ ...options, pty });
  return client.spawn(request.command, { ...options, ...(pty && { pty }) });
}

async function serve(session: Session, remote: RemoteProcess): Promise<number> {
  const close = (): void => remote.close();
  session.closed.addEventListener('abort', close, { once: true });
  void copyInput(session, remote);
  void passOn(session.resizes, ({ columns, rows, widthPixels, heightPixels }) =>
    remote.resize(columns, rows, widthPixels, heightPixels),
  );
  void passOn(session.signals, (name) => remote.kill(name));
  void passOn(session.breaks, (breakLength) => {
    remote.ask('break', sessionRequests.break.encode({ breakLength }), 'refused').catch(ignore);
  });
  const [{ exitCode, signal }, ...faults] = await Promise.all([
    remote.exited,
    copyOutput(
      () => remote.read(),
      (bytes) => session.write(bytes),
    ),
    copyOutput(
      () => remote.readError(),
      (bytes) => session.writeError(bytes),
    ),
  ]);
  session.closed.removeEventListener('abort', close);
  const fault = faults.find((error) => error !== undefined);
  if (fault !== undefined) throw fault;
  if (signal !== undefined) session.exitSignal(signal);
  return exitCode ?? NOT_REACHED;
}

async function copyInput(session: Session, remote: RemoteProcess): Promise<void> {
  try {
    for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) await remote.write(chunk);
    remote.end();
  } catch {
    // The remote command takes no more input; further input is dropped.
    session.discardInput();
  }
}

/** @returns what cut the output short, if anything did: what had arrived is passed on first. @throws if that fails. */
async function copyOutput(
  read: () => Promise<Uint8Array | undefined>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<Error | undefined> {
  let fault: Error | undefined;
  const next = (): Promise<Uint8Array | undefined> =>
    read().catch((error: Error) => {
      fault = error;
      return undefined;
    });
  for (let chunk = await next(); chunk !== undefined; chunk = await next()) await write(chunk);
  return fault;
}

async function passOn<T>(events: AsyncIterable<T>, pass: (event: T) => void): Promise<void> {
  for await (const event of events) pass(event);
}
