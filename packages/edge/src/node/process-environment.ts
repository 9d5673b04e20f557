/** sshd(8), ENVIRONMENT: the environment of a program that runs for a client. */
import type { Session } from '@nacre/core';

/** The client's variables that are harmless to programs, as most systems configure sshd_config(5), AcceptEnv. */
const ACCEPTED = ['LANG', 'LC_*', 'COLORTERM', 'NO_COLOR'];

export interface EnvironmentOptions {
  /** Names of variables to accept; may end in `*`. */
  readonly accepted?: readonly string[] | undefined;
  /** As in sshd_config(5), PermitUserEnvironment: whether everything that the key sets counts. */
  readonly permitsUserEnvironment?: boolean | undefined;
}

/**
 * Security: takes nothing from this process but PATH, and only accepted variables from the client: LD_PRELOAD runs code. The
 * same holds for what the proven key sets (`environment=`), unless `permitsUserEnvironment`: users who edit their own
 * authorized_keys could get past a forced command with it.
 */
export function processEnvironment(
  session: Session,
  given: Readonly<Record<string, string>>,
  { accepted = ACCEPTED, permitsUserEnvironment = false }: EnvironmentOptions = {},
): Record<string, string> {
  const { peer, restrictions } = session.connection;
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', USER: session.user };
  for (const [name, value] of session.env) {
    if (accepted.some((pattern) => covers(pattern, name)) && !value.includes('\0')) env[name] = value;
  }
  const original = session.env.get('SSH_ORIGINAL_COMMAND');
  if (original !== undefined) env['SSH_ORIGINAL_COMMAND'] = original.replaceAll('\0', '');
  if (session.pty !== undefined) env['TERM'] = session.pty.term.replaceAll('\0', '');
  if (peer.remoteAddress !== undefined) env['SSH_CLIENT'] = `${peer.remoteAddress} ${peer.remotePort ?? 0} 0`;
  const ofKey = Object.entries(restrictions.environment).filter(
    ([name]) => permitsUserEnvironment || accepted.some((pattern) => covers(pattern, name)),
  );
  return { ...env, ...given, ...Object.fromEntries(ofKey) };
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
