/** RFC 4254 §6.9 by kill(2): signals to a program and everything it has started. */
import type { Session } from '@nacre/core';

/** RFC 4254 §6.10: the signals that it names. */
const SIGNALS = ['ABRT', 'ALRM', 'FPE', 'HUP', 'ILL', 'INT', 'KILL', 'PIPE', 'QUIT', 'SEGV', 'TERM', 'USR1', 'USR2'];

/** Passes on the client's signals, until `over`: from then on the process id may be another program's. */
export async function passSignals(session: Session, leader: number | undefined, over: AbortSignal): Promise<void> {
  for await (const name of session.signals) {
    if (over.aborted) return;
    if (SIGNALS.includes(name)) signalGroup(leader, `SIG${name}` as NodeJS.Signals);
  }
}

/** Does nothing if the group has ended. Security: to kill(2), groups 0 and 1 mean this process's own and everybody's. */
export function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined || leader <= 1) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended.
  }
}
