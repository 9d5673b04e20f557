/** `ssh2` from npm, twice: with its native addon if that can be built, and without it (`--ignore-scripts`). */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from '../../scripts/lib/processes.mjs';

const VERSION = '1.17.0';
const ADDON = 'node_modules/ssh2/lib/protocol/crypto/build/Release/sshcrypto.node';

/**
 * Installs both below `folder`, which keeps them for the next run.
 * @returns their folders; `addon` is undefined if the addon could not be built
 */
export async function installSsh2(folder) {
  const plain = await install(join(folder, `ssh2-${VERSION}-plain`), ['--ignore-scripts']);
  const addon = await install(join(folder, `ssh2-${VERSION}-addon`), []);
  return { plain, addon: existsSync(join(addon, ADDON)) ? addon : undefined };
}

async function install(folder, flags) {
  if (existsSync(join(folder, 'node_modules', 'ssh2'))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const words = ['install', '--prefix', folder, `ssh2@${VERSION}`, '--no-audit', '--no-fund', ...flags];
  await runQuietly('npm', words, {
    label: `npm install ssh2@${VERSION} ${flags.join(' ')}`.trim(),
    advice: 'the comparison needs the npm registry once',
  });
  return folder;
}
