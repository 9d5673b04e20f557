/** What `npm test` installs first: a step that fails for a while is tried again, and says so. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const INSTALL = new URL('../scripts/lib/install.mjs', import.meta.url);

/** Fails for the first calls of each verb, and then "installs" rsync next to itself. */
const aptGet = (failures: number): string => `#!/bin/sh
PATH=/usr/bin:/bin
here=$(dirname "$0")
for verb; do case $verb in update|install) break;; esac; done
echo "$verb" >> "$here/calls"
for word; do case $word in DPkg::Lock::Timeout=600) echo "$verb" >> "$here/waits";; esac; done
if [ "$(grep -c "$verb" "$here/calls")" -le ${failures} ]; then echo 'Could not get lock' >&2; exit 100; fi
if [ "$verb" = install ]; then cp "$0" "$here/rsync"; fi
`;

async function install(failures: number): Promise<{ missing: unknown; said: string; calls: string; waits: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-install-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'apt-get');
  await writeFile(file, aptGet(failures));
  await chmod(file, 0o755);
  const program = `import { installDebianPackages } from '${INSTALL.href}';
    const missing = await installDebianPackages(['rsync'], 1);
    console.log(JSON.stringify(missing));`;
  const words = ['--input-type=module', '--eval', program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { env: { PATH: folder } });
  const lines = stdout.trim().split('\n');
  return {
    missing: JSON.parse(lines.pop() ?? ''),
    said: lines.join('\n') + stderr,
    calls: await readFile(join(folder, 'calls'), 'utf8'),
    waits: await readFile(join(folder, 'waits'), 'utf8'),
  };
}

test.runIf(process.getuid?.() === 0)(
  'Debian packages: a lock that is held, or a mirror that does not answer, for a while',
  async () => {
    const { missing, said, calls } = await install(2);
    expect(missing).toEqual([]);
    expect(calls).toBe(`${'update\n'.repeat(3)}${'install\n'.repeat(3)}`);
    expect(said).toMatch(/apt-get update failed: .*\nTrying again in .* \(2 of 4\)[^]*Could not get lock/);
  },
);

test.runIf(process.getuid?.() === 0)(
  'Debian packages: what fails four times is missing; a lock is waited for once',
  async () => {
    const { missing, calls, waits } = await install(4);
    expect(missing).toEqual(['rsync']);
    expect(calls).toBe(`${'update\n'.repeat(4)}${'install\n'.repeat(4)}`);
    expect(waits).toBe('install\n');
  },
);
