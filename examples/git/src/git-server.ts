/** Git over ssh: repositories in one folder, for whoever holds one of the keys. A push to a new name makes a repository. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Hooks, Session } from '@nacre/core';
import { runProcess } from '@nacre/edge/node';

const run = promisify(execFile);

export interface GitServerOptions {
  /** Where the repositories are. */
  readonly folder: string;
  /** The text of an authorized_keys file; its options hold, `command` for instance. */
  readonly authorizedKeys: () => Promise<string>;
}

/** Security: a name is one word without dots, so that no path leads out of the folder, and no program but these two is run. */
const GIT_COMMAND = /^(git-upload-pack|git-receive-pack) '\/?([A-Za-z\d][\w-]{0,63})(?:\.git)?'$/;

/** For `createServer({ hooks: gitHooks({ … }) })`. All users are `git`: their keys tell them apart. */
export function gitHooks({ folder, authorizedKeys }: GitServerOptions): Hooks {
  return {
    authorizedKeys: ({ user }) => (user === 'git' ? authorizedKeys() : undefined),
    command: ({ request }) => {
      const [, program, name] = (request.type === 'exec' && GIT_COMMAND.exec(request.command)) || [];
      if (program === undefined) return refuse;
      return (session) => serveRepository(session, program, join(resolve(folder), `${name}.git`));
    },
  };
}

async function serveRepository(session: Session, program: string, repository: string): Promise<number> {
  if (program === 'git-receive-pack')
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
  return runProcess(session, program, [repository], { acceptEnv: ['GIT_PROTOCOL'] });
}

async function refuse(session: Session): Promise<number> {
  await session.writeError(
    Buffer.from("Here is git alone: clone or push git@HOST:NAME, a name of letters, digits, '-' and '_'.\n"),
  );
  return 1;
}
