/** RFC 4254 §6.9 by kill(2): signals to a program and to what it has started. */
import type { Session } from '@nacre/core';

/** RFC 4254 §6.10: the signals that have a name there. */
const SIGNALS = ['ABRT', 'ALRM', 'FPE', 'HUP', 'ILL', 'INT', 'KILL', 'PIPE', 'QUIT', 'SEGV', 'TERM', 'USR1', 'USR2'];

/** Passes on what the client sends, until `over`: the number may be another program's from then on. */
export async function passSignals(session: Session, leader: number | undefined, over: AbortSignal): Promise<void> {
  for await (const name of session.signals) {
    if (over.aborted) return;
    if (SIGNALS.includes(name)) signalGroup(leader, `SIG${name}` as NodeJS.Signals);
  }
}

/** Does nothing where the group has ended already. Security: the groups 0 and 1 are this process's own, and everybody's. */
export function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined || leader <= 1) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended.
  }
}
