/** How long the command takes to start and end, by itself and through npx, beside Node with nothing to do. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../packages/bridge', import.meta.url));

/** The table's columns; what each runs in the folder where the package is installed. */
const COMMANDS = {
  "node --eval ''": [process.execPath, '--eval', ''],
  'ssh-bridge --version': [join('node_modules', '.bin', 'ssh-bridge'), '--version'],
  'npx --offline ssh-bridge --version': ['npx', '--offline', 'ssh-bridge', '--version'],
};
export const NAMES = Object.keys(COMMANDS);

/** The package must have been built. @returns a row of `{ label, samples }`, in ms */
export function measureStartUp({ starts, progress }) {
  const folder = mkdtempSync(join(tmpdir(), 'nacre-bench-'));
  try {
    install(folder);
    const samples = NAMES.map(() => []);
    // They take turns, so that other work on the machine affects all of them. The first round reads the files from the disk.
    for (let round = 0; round <= starts; round += 1) {
      progress(`starts, ${round} of ${starts}`);
      for (const [index, name] of NAMES.entries()) {
        const milliseconds = time(COMMANDS[name], folder);
        if (round > 0) samples[index].push(milliseconds);
      }
    }
    return [{ label: 'from start to end', samples }];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As npm packs it: it is one file that needs no other package. */
function install(folder) {
  const words = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, PACKAGE];
  const tarball = execFileSync('npm', words, { encoding: 'utf8' }).trim();
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  execFileSync('npm', ['install', '--silent', '--offline', '--no-audit', '--ignore-scripts', `./${tarball}`], {
    cwd: folder,
  });
}

function time([program, ...words], cwd) {
  const started = performance.now();
  const { status, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8' });
  const milliseconds = performance.now() - started;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return milliseconds;
}
