/** Git over ssh: repositories in one folder, for everybody with one of the keys. A push to a new name creates a repository. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Hooks, Session } from '@nacre/core';
import { runProcess } from '@nacre/edge/node';

const run = promisify(execFile);
/** Git's own exit status for a missing repository. */
const NOT_THERE = 128;

export interface GitServerOptions {
  /** Of the repositories. */
  readonly folder: string;
  /** The text of an authorized_keys file; its options apply, such as `command`. */
  readonly authorizedKeys: () => Promise<string>;
}

/** Security: a name is one word without dots, so no path leads out of the folder; no program but these two is run. */
const GIT_COMMAND = /^(git-upload-pack|git-receive-pack) '\/?([A-Za-z\d][\w-]{0,63})(?:\.git)?'$/;

/** For `createServer({ hooks: gitHooks({ … }) })`. All users are `git`: their keys tell them apart. */
export function gitHooks({ folder, authorizedKeys }: GitServerOptions): Hooks {
  return {
    authorizedKeys: ({ user }) => (user === 'git' ? authorizedKeys() : undefined),
    command: ({ request }) => {
      const [, program, name] = (request.type === 'exec' && GIT_COMMAND.exec(request.command)) || [];
      if (program === undefined) return refuse;
      return (session) => serveRepository(session, program, resolve(folder), `${name}.git`);
    },
  };
}

/** Security: git gets only the name, and runs inside the folder, because its errors are shown to the client. */
async function serveRepository(session: Session, program: string, cwd: string, name: string): Promise<number> {
  const repository = join(cwd, name);
  if (program === 'git-receive-pack')
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
  else if (!existsSync(repository)) {
    await session.printError(`there is no repository ${name}\n`);
    return NOT_THERE;
  }
  return runProcess(session, program, [name], { cwd, acceptEnv: ['GIT_PROTOCOL'] });
}

async function refuse(session: Session): Promise<number> {
  await session.printError(
    "This is only for git: clone or push git@HOST:NAME, a name of letters, digits, '-' and '_'.\n",
  );
  return 1;
}
