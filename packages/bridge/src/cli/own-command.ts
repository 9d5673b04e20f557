/** How this command is started again: by ssh_config, which outlives this process, and by people who are told to. */
import { realpathSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';

/** Where npx caches what it has fetched. */
const NPX_CACHE = `${sep}_npx${sep}`;

/** @param script the running file, as in argv */
export function ownCommand(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  script: string = process.argv[1] ?? '',
): readonly string[] {
  const file = realPath(script) ?? script;
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const first = folders.map((folder) => realPath(join(folder, 'ssh-bridge'))).find((path) => path !== undefined);
  // Security: npx runs whatever a registry has under a name, so it is suggested only if this process was started by it.
  if (file.includes(NPX_CACHE)) return ['npx', 'ssh-bridge'];
  return first === file ? ['ssh-bridge'] : [process.execPath, file];
}

/** A shell command line that runs this command with these words. */
export function commandLine(...words: readonly string[]): string {
  return [...ownCommand(), ...words].map(shellWord).join(' ');
}

/** POSIX.1-2024, Shell Command Language §2.2.2: a word, quoted if it has to be. */
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
