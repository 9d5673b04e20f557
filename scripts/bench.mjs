/**
 * `npm run bench [-- --quick] [bulk] [logins] [idle] [hostile] [browser] [workerd] [deno] [bun] [bridge] [cuts]`: our server
 * on Node next to `ssh2` from npm and OpenSSH's sshd, in a browser tab, and on workerd, Deno and Bun; `ssh-bridge serve` next
 * to other gateways; and what ssh carries while its links are cut. docs/benchmarks.md explains the figures.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installDebianPackages, installNpmPackages } from './lib/install.mjs';
import { ROOT, runQuietly, UserError } from './lib/processes.mjs';

const PARTS = ['bulk', 'logins', 'idle', 'hostile', 'browser', 'workerd', 'deno', 'bun', 'bridge', 'cuts'];

async function main(words) {
  const isQuick = words.includes('--quick');
  const parts = words.filter((word) => word !== '--quick');
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown !== undefined)
    throw new UserError(`there is no part "${unknown}"; there are ${PARTS.join(', ')}, and --quick`);
  if (process.platform !== 'linux') throw new UserError('the figures come from /proc, which exists only on Linux');
  await installNpmPackages();
  const chosen = parts.length > 0 ? parts : PARTS;
  const needed = ['openssh-client', 'openssh-server', 'websockify', 'git', 'rsync'];
  const missing = await installDebianPackages(chosen.includes('browser') ? [...needed, 'chromium'] : needed);
  if (missing.includes('openssh-client'))
    throw new UserError('the measurements use stock ssh as the client: install OpenSSH');
  await runQuietly(
    join(ROOT, 'node_modules', '.bin', 'tsc'),
    ['-b', 'packages/core', 'packages/edge', 'packages/bridge'],
    {
      label: 'tsc -b',
      advice: 'fix the types first',
    },
  );
  const cache = join(ROOT, '.nacre', 'bench');
  mkdirSync(cache, { recursive: true });
  // Only now are the packages that these import installed.
  const { buildPage } = await import('./lib/bundles.mjs');
  // An older build may not work with the current relay.
  if (chosen.includes('browser')) await buildPage();
  const { runBench } = await import('../test/bench/run.mjs');
  await runBench({ cache, isQuick, parts: chosen });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
}
