/** A section between two marker lines in the user's own file: added once, replaced from then on, the rest left alone. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BridgeError, systemCode, usageError } from '../bridge-error.js';

const begin = (name: string): string => `# >>> ssh-bridge ${name} >>>`;
const end = (name: string): string => `# <<< ssh-bridge ${name} <<<`;

/**
 * A new section goes to the top: ssh uses the first value that it finds.
 *
 * @throws BridgeError with exit code 64 if the markers do not match
 */
export function putSection(text: string, name: string, section: string): string {
  const lines = text.split('\n');
  const [from, to] = [lines.indexOf(begin(name)), lines.indexOf(end(name))];
  const marked = [begin(name), ...section.trimEnd().split('\n'), end(name)];
  if (from < 0 && to < 0) return `${marked.join('\n')}\n${text === '' ? '' : `\n${text}`}`;
  if (from >= 0 && from < to) return [...lines.slice(0, from), ...marked, ...lines.slice(to + 1)].join('\n');
  throw usageError(
    `the markers of ${name} in the file do not match`,
    `remove what is left of "${begin(name)}" by hand`,
  );
}

/** Resolves to whether the file had to be changed. @throws BridgeError */
export async function writeSection(file: string, name: string, section: string): Promise<boolean> {
  try {
    // Follows symbolic links: some people keep their dotfiles elsewhere.
    const target = await realpath(file).catch(() => file);
    const before = await readFile(target, 'utf8').catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return '';
      throw error;
    });
    const after = putSection(before, name, section);
    if (after === before) return false;
    await replace(target, after);
    return true;
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    throw usageError(
      `${file} cannot be changed: ${systemCode(error) ?? 'unknown reason'}`,
      'leave --write out, and add the block by hand',
      error,
    );
  }
}

/** Atomically, so that ssh never reads half a file. */
async function replace(target: string, text: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  );
  const fresh = `${target}.${randomUUID()}`;
  try {
    await writeFile(fresh, text, { mode, flag: 'wx' });
    await chmod(fresh, mode);
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
