/** Lets through only what it names: users, commands, subsystems, shells. */
import { ConfigurationError } from '../../errors.js';
import type { Middleware } from '../../server/compose.js';
import type { Session, SessionRequest } from '../../server/session/session.js';

export interface AccessControlOptions {
  /** Names of users; everyone who is logged in if not given. */
  readonly users?: readonly string[];
  /** First words of commands, or a function that judges whole ones; none if not given, `() => true` for all. */
  readonly commands?: readonly string[] | ((command: string, session: Session) => boolean);
  /** Names of subsystems; none if not given. */
  readonly subsystems?: readonly string[];
  /** Whether a shell may be had; not if not given. */
  readonly shell?: boolean;
}

const WARNING = 4;
/** What somebody is told who may not have it: no more than they know. */
const WANTED: Readonly<Record<SessionRequest['type'], string>> = {
  shell: 'a shell is not for you here',
  exec: 'this command is not for you here',
  subsystem: 'this subsystem is not for you here',
};
/** Whoever gives a command one of these has more than that command done by a shell. */
const SHELL_SYNTAX = /[;&|<>`$()\n\r\\]/;

/**
 * What is not named is refused with a line on stderr, exit status 1 and a log record.
 * @throws ConfigurationError where nothing is named that anybody could have, or a text stands for a list.
 */
export function accessControl(options: AccessControlOptions): Middleware {
  const { commands, subsystems, shell } = options;
  if (commands === undefined && subsystems === undefined && shell !== true)
    throw new ConfigurationError(
      'accessControl lets nothing through: name `commands` (`() => true` for all), `subsystems`, or give `shell: true`',
    );
  // Security: letters of a text would pass for the names in a list.
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
  // Security: a name that is allowed must not bring others along.
  return !SHELL_SYNTAX.test(command) && commands.includes(command.trim().split(/\s+/)[0] ?? '');
}
