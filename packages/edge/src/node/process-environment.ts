/** sshd(8), ENVIRONMENT: what a program that runs for a client finds in its environment. */
import type { Session } from '@nacre/core';

/** Variables of the client's that are harmless to programs, as most systems configure sshd_config(5), AcceptEnv. */
const ACCEPTED = ['LANG', 'LC_*', 'COLORTERM', 'NO_COLOR'];

export interface EnvironmentOptions {
  /** Names of variables to take over, with `*` at their end. */
  readonly accepted?: readonly string[] | undefined;
  /** As sshd_config(5), PermitUserEnvironment: whether all that the key sets counts. */
  readonly permitsUserEnvironment?: boolean | undefined;
}

/**
 * Security: nothing of this process but PATH, and of the client's variables only those that are accepted: LD_PRELOAD runs
 * code. Of what the proven key sets (`environment=`) the same, unless `permitsUserEnvironment`: where users edit their own
 * authorized_keys, it would get them past a forced command.
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
