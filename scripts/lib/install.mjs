/** Installs what a fresh clone lacks: npm packages, and the Debian packages whose programs the tests talk to. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, persistently, ROOT, run, runQuietly } from './processes.mjs';

/** None of our dependencies needs an install script, so none may run. */
const NPM_FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=5'];

/** It asks a slow mirror again. */
const APT_FLAGS = ['-qq', '-o', 'Acquire::Retries=3'];

/** So long it waits for another one that is at work, in s. */
const PATIENT = ['-o', 'DPkg::Lock::Timeout=600'];

/** Debian packages, and the programs or files that show that they are installed. */
const DEBIAN_PACKAGES = {
  'openssh-client': ['ssh', 'ssh-keygen', 'ssh-keyscan'],
  'openssh-server': ['sshd'],
  'dropbear-bin': ['dropbear', 'dbclient', 'dropbearkey'],
  'putty-tools': ['plink', 'puttygen'],
  'ssh-audit': ['ssh-audit'],
  'python3-paramiko': ['/usr/lib/python3/dist-packages/paramiko/transport.py'],
  websockify: ['websockify'],
  rsync: ['rsync'],
  git: ['git'],
  curl: ['curl'],
  openssl: ['openssl'],
  systemd: ['systemd-analyze'],
  xauth: ['xauth'],
  gcc: ['cc'],
  'libssh2-1-dev': ['/usr/include/libssh2_publickey.h'],
  chromium: ['chromium'],
};

/** Installs the npm packages of package-lock.json unless they are already installed. */
export async function installNpmPackages() {
  if (isInstalled()) return;
  console.log('Installing npm packages …');
  const advice = 'look at the lines above; without a network, install once where there is one';
  try {
    await runQuietly('npm', ['ci', ...NPM_FLAGS], { label: 'npm ci', advice });
  } catch {
    // With a registry that lacks a platform's binary, the lockfile is one that "npm ci" refuses each time.
    console.log('npm ci failed: trying npm install, which follows the lockfile as far as it goes …');
    const words = ['install', '--no-save', ...NPM_FLAGS];
    await persistently(() => runQuietly('npm', words, { label: 'npm install', advice }), 2);
  }
}

/** Whether npm's record of installed packages matches the lockfile. */
function isInstalled() {
  const wanted = readPackages(join(ROOT, 'package-lock.json'));
  const present = readPackages(join(ROOT, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(([path, entry]) => {
    // Packages for other platforms are optional; the root and the workspaces are linked, not installed.
    if (!path.startsWith('node_modules/') || entry.optional || entry.devOptional) return true;
    return present[path]?.version === entry.version && present[path]?.link === entry.link;
  });
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return {};
  }
}

/**
 * Installs the Debian packages in `names` that are missing, if possible.
 * @param pause before a step that has failed is tried again, in ms
 * @returns {Promise<string[]>} what is still missing
 */
export async function installDebianPackages(names = Object.keys(DEBIAN_PACKAGES), pause = undefined) {
  const missing = missingDebianPackages(names);
  if (missing.length === 0 || findProgram('apt-get') === undefined || process.getuid?.() !== 0) return missing;
  console.log(`Installing Debian packages: ${missing.join(', ')} …`);
  // What is known of the packages may be enough, even if nothing newer can be had.
  await persistently(() => apt('update'), 4, pause).catch((error) => console.log(error.message));
  // Once it has waited so long for a lock in vain, it does not wait so long again.
  const install = (count) =>
    apt('install', ...(count === 1 ? PATIENT : []), '-y', '--no-install-recommends', ...missing);
  // Tests that do not need them are still useful; the others are skipped, and counted.
  await persistently(install, 4, pause).catch((error) => console.log(error.message));
  return missingDebianPackages(names);
}

async function apt(verb, ...words) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const advice = 'look at the lines above, or install these packages by hand';
  try {
    await runQuietly('apt-get', [...APT_FLAGS, verb, ...words], { env, label: `apt-get ${verb}`, advice });
  } catch (error) {
    // An installation that was broken off stands in the way of the next one.
    await run('dpkg', ['--configure', '-a'], { env, output: [] }).catch(() => undefined);
    throw error;
  }
}

function missingDebianPackages(names) {
  return names.filter((name) => DEBIAN_PACKAGES[name].some((program) => !isThere(program)));
}

function isThere(program) {
  return program.startsWith('/') ? existsSync(program) : findProgram(program) !== undefined;
}
