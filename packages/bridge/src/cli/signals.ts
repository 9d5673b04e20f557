/** POSIX signals: what ends the command, how long that may take, and what makes it read its lists again. */
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Log } from '../log.js';

const SIGNAL_EXIT_CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

/**
 * Resolves at the first SIGINT or SIGTERM; a second one of either kind ends the process at once.
 *
 * Interop: this must not be left to the default action of the signal, which a container's first process does not have.
 */
export function stopSignal(): Promise<ExitCode> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(SIGNAL_EXIT_CODES[signal]);
        isStopping = true;
        resolve(SIGNAL_EXIT_CODES[signal]);
      });
    }
  });
}

/** How long what the client wrote last may take after SIGHUP, in ms. */
const HANGUP_TIMEOUT = 2_000;

/**
 * Aborts and exits at the first signal.
 *
 * Interop: OpenSSH's client sends SIGHUP to its ProxyCommand right after it has closed the pipes, when what it wrote last
 * is still to be carried. The end of standard input ends the command anyway.
 */
export function exitOnSignal(stop: AbortController): void {
  const exit = (code: number): void => {
    stop.abort();
    // The message that tells the server leaves in this turn of the event loop.
    setImmediate(() => process.exit(code));
  };
  void stopSignal().then(exit);
  process.once('SIGHUP', () => void setTimeout(() => exit(EXIT.hungUp), HANGUP_TIMEOUT));
}

export interface Stoppable {
  /** @param drain how long open connections may take to end, in ms */
  close(drain?: number): Promise<void>;
}

/** Waits for a signal; SIGTERM lets open connections go on for `drain` ms, SIGINT does not. */
export async function stopOn(stopped: Promise<ExitCode>, running: Stoppable, drain: number = 0): Promise<never> {
  const code = await stopped;
  await running.close(code === EXIT.terminated ? drain : 0);
  process.exit(code);
}

/** Calls `reload` at each SIGHUP; if that fails, nothing changes. */
export function onHangup(reload: () => Promise<void>, log: Log): void {
  process.on('SIGHUP', () => {
    reload().then(
      () => log('info', 'reloaded', 'lists were read again'),
      (error: unknown) => log('error', 'reload-failed', error instanceof Error ? error.message : String(error)),
    );
  });
}
