/** How this very command is started again: from a file that outlives this process, ssh_config, and by whoever is told to. */
import { realpathSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';

/** Where npx keeps what it has fetched, for a while. */
const NPX_CACHE = `${sep}_npx${sep}`;

/** @param script the file that runs, as argv has it */
export function ownCommand(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  script: string = process.argv[1] ?? '',
): readonly string[] {
  const file = realPath(script) ?? script;
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const first = folders.map((folder) => realPath(join(folder, 'ssh-bridge'))).find((path) => path !== undefined);
  // Security: npx runs whatever a registry has under a name, so it is written down only where it was used to come here.
  if (file.includes(NPX_CACHE)) return ['npx', 'ssh-bridge'];
  return first === file ? ['ssh-bridge'] : [process.execPath, file];
}

/** A line for a shell that runs this command with these words. */
export function commandLine(...words: readonly string[]): string {
  return [...ownCommand(), ...words].map(shellWord).join(' ');
}

/** POSIX.1-2024, Shell Command Language §2.2.2: a word that means itself. */
export function shellWord(word: string): string {
  return /^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
