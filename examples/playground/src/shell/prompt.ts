/** The welcome message and the prompt of an interactive shell. */
import { HOST_NAME } from '../bash/own-commands.js';
import type { Shell } from '../bash/shell.js';

const green = (text: string): string => `\x1b[1;32m${text}\x1b[0m`;
const blue = (text: string): string => `\x1b[1;34m${text}\x1b[0m`;

export const CONTINUATION_PROMPT = '> ';

/** Two lines, after the login. */
export const WELCOME = `Welcome to Nacre, an SSH server in JavaScript. This shell lives in memory.
Try ${green('cat README.md')}, ${green('connection')}, or the tab key. ${green('exit')} or ^D leaves.
`;

export function promptFor(user: string, { cwd }: Shell): string {
  const home = `/home/${user}`;
  const place = cwd === home || cwd.startsWith(`${home}/`) ? `~${cwd.slice(home.length)}` : cwd;
  return `${green(`${user}@${HOST_NAME}`)}:${blue(place)}$ `;
}
