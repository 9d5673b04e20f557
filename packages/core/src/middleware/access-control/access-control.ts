/** Allows only what it names: users, commands, subsystems, shells. */
import { ConfigurationError } from '../../errors.js';
import type { Middleware } from '../../server/compose.js';
import type { Session, SessionRequest } from '../../server/session/session.js';

export interface AccessControlOptions {
  /** Names of users; by default everyone who is logged in. */
  readonly users?: readonly string[];
  /** First words of commands, or a function that judges whole commands; none by default, `() => true` for all. */
  readonly commands?: readonly string[] | ((command: string, session: Session) => boolean);
  /** Names of subsystems; none by default. */
  readonly subsystems?: readonly string[];
  /** Whether shells are allowed; not by default. */
  readonly shell?: boolean;
}

const WARNING = 4;
/** What a refused user is told: no more than they already know. */
const WANTED: Readonly<Record<SessionRequest['type'], string>> = {
  shell: 'a shell is not for you here',
  exec: 'this command is not for you here',
  subsystem: 'this subsystem is not for you here',
};
/** A command that contains one of these may run more than that command in a shell. */
const SHELL_SYNTAX = /[;&|<>`$()\n\r\\]/;

/**
 * Whatever is not named is refused with a line on stderr, exit status 1 and a log record.
 * @throws ConfigurationError if nothing is allowed to anybody, or a string is given instead of a list.
 */
export function accessControl(options: AccessControlOptions): Middleware {
  const { commands, subsystems, shell } = options;
  if (commands === undefined && subsystems === undefined && shell !== true)
    throw new ConfigurationError(
      'accessControl lets nothing through: name `commands` (`() => true` for all), `subsystems`, or give `shell: true`',
    );
  // Security: characters of a string would match as names in a list.
  for (const [name, value] of Object.entries(options))
    if (typeof value === 'string') throw new ConfigurationError(`accessControl: ${name} must be a list, not a text`);
  return async (session, next) => {
    if (isAllowed(session, options)) return next();
    const { connection, request, user } = session;
    connection.log(WARNING, 'session', 'refused by access control', { user, request: request.type });
    await session.printError(`permission denied: ${WANTED[request.type]}\n`);
    return 1;
  };
}

function isAllowed(
  session: Session,
  { users, commands = [], subsystems = [], shell = false }: AccessControlOptions,
): boolean {
  const { request, user } = session;
  if (users !== undefined && !users.includes(user)) return false;
  if (request.type === 'shell') return shell;
  if (request.type === 'subsystem') return subsystems.includes(request.name);
  const { command } = request;
  if (typeof commands === 'function') return commands(command, session);
  // Security: an allowed name must not bring other commands along.
  return !SHELL_SYNTAX.test(command) && commands.includes(command.trim().split(/\s+/)[0] ?? '');
}
