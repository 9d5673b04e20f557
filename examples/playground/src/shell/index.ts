/** Shells and commands of the playground. This file pulls in just-bash: import it when somebody wants a shell. */
import type { Session } from '@nacre/core';
import { BoundedFiles } from '../bash/files.js';
import { HOST_NAME } from '../bash/own-commands.js';
import { Shell } from '../bash/shell.js';
import type { CommandResult } from '../commands/command.js';
import type { SessionIo } from '../session-io.js';
import { runCommand } from './exec.js';
import { runInteractively } from './interactive.js';
import { runLines } from './lines.js';

/** Variables that a client must not set, as the shell relies on them (RFC 4254 §6.4). */
const RESERVED = /^(?:HOME|USER|LOGNAME|SHELL|PATH|PWD|OLDPWD|IFS|HOSTNAME|TERM|COLUMNS|LINES|BASH.*|SHELLOPTS)$/;

/** What all sessions of a server share. */
export interface Machine {
  /** Serves a session that asked for a shell or a command. */
  run(io: SessionIo): Promise<CommandResult>;
}

export function createMachine(): Machine {
  const files = new BoundedFiles();
  return {
    run: (io) => {
      const { session } = io;
      const shell = new Shell(session, files, environment(session));
      if (session.request.type === 'exec') return runCommand(io, shell, session.request.command);
      return io.terminal === undefined ? runLines(io, shell) : runInteractively(io, io.terminal, shell);
    },
  };
}

function environment({ user, env, pty }: Session): Record<string, string> {
  const own = [...env].filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !RESERVED.test(name));
  return {
    LANG: 'C.UTF-8',
    ...Object.fromEntries(own),
    HOME: `/home/${user}`,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/bash',
    PATH: '/usr/bin',
    HOSTNAME: HOST_NAME,
    ...(pty === undefined ? {} : { TERM: pty.term }),
  };
}
