/** People create an account as the user `new`, and log in with it from then on. */
import { accept, type Hooks, type ServerOptions, type Session } from '@nacre/core';
import { hashPassword, passwords } from '@nacre/core/passwords';
import { terminal, type Terminal } from '@nacre/core/terminal';
import { NAME, type Accounts } from './accounts.js';

const NEW = 'new';
const LEAST_PASSWORD = 8;

/** The options of a server that concern accounts: `createServer({ ...accountServer(accounts), hostKeys })`. */
export function accountServer(accounts: Accounts): ServerOptions & { readonly hooks: Hooks } {
  return {
    // Checks a password against the stored hash. An unknown name takes as long as a wrong password.
    passwords,
    hooks: {
      // Makes the name known; `none` lets it in without a password.
      username: ({ user }) => (user === NEW ? accept : undefined),
      none: ({ user }) => (user === NEW ? accept : undefined),
      account: ({ user }) => accounts.find(user),
    },
    session: async (session) => {
      const tty = terminal(session, session.pty);
      if (session.user === NEW) return makeAccount(tty, accounts);
      if (session.request.type === 'exec' && session.request.command === 'passwd')
        return changePassword(session, tty, accounts);
      await tty.write(`Welcome back, ${session.user}. \`ssh -t … passwd\` changes your password.\n`);
    },
  };
}

async function makeAccount(tty: Terminal, accounts: Accounts): Promise<number> {
  const name = await ask(tty, 'Your name: ');
  if (!NAME.test(name) || name === NEW) return fail(tty, 'A name has up to 32 lower-case letters, digits and dashes.');
  const password = await ask(tty, 'A password: ', '');
  if (password.length < LEAST_PASSWORD) return fail(tty, `${LEAST_PASSWORD} characters at least.`);
  if (!accounts.add(name, await hashPassword(password))) return fail(tty, `${name} is already taken.`);
  await tty.write(`Now log in as ${name}.\n`);
  return 0;
}

async function changePassword({ user }: Session, tty: Terminal, accounts: Accounts): Promise<number> {
  const password = await ask(tty, 'A new password: ', '');
  if (password.length < LEAST_PASSWORD) return fail(tty, `${LEAST_PASSWORD} characters at least.`);
  accounts.changePassword(user, await hashPassword(password));
  await tty.write('It is changed.\n');
  return 0;
}

/** `mask` replaces the characters that are typed. */
async function ask(tty: Terminal, prompt: string, mask?: string): Promise<string> {
  const entered = await tty.readLine({ prompt, ...(mask !== undefined && { mask }) });
  return entered.kind === 'line' ? entered.line : '';
}

async function fail(tty: Terminal, why: string): Promise<number> {
  await tty.write(`${why}\n`);
  return 1;
}
