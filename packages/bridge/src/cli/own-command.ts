/** How this very command is started again, from a file that outlives this process: ssh_config. */
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

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
