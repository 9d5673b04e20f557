/**
 * `npm run fuzz [-- --seconds N] [--target NAME]... [--seed S]`: coverage-guided fuzzing of core and of what the bridge reads.
 * Findings are minimized and written to test/fuzz/cases, which the unit tests run from then on.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { installNpmPackages } from './lib/install.mjs';
import { ROOT, UserError } from './lib/processes.mjs';

const DEFAULT_SECONDS = 60;

function readOptions() {
  try {
    return parseArgs({
      options: { seconds: { type: 'string' }, seed: { type: 'string' }, target: { type: 'string', multiple: true } },
    }).values;
  } catch (error) {
    throw new UserError(`${error.message}\nUsage: npm run fuzz -- [--seconds N] [--target NAME]... [--seed S]`);
  }
}

function readNumber(name, text) {
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw new UserError(`--${name} needs a number, not ${text}`);
  return number;
}

async function main() {
  const options = readOptions();
  const seconds = readNumber('seconds', options.seconds ?? DEFAULT_SECONDS);
  const seed = readNumber('seed', options.seed ?? Date.now() % 2 ** 32);
  await installNpmPackages();
  const { bundle } = await import('../test/fuzz/bundle.mjs');
  const { main: file, ...core } = await bundle(join(ROOT, '.nacre', 'fuzz'));
  const { runFuzz, targetNames } = await import(pathToFileURL(file).href);
  const targets = options.target ?? [];
  const unknown = targets.find((name) => !targetNames.includes(name));
  if (unknown !== undefined)
    throw new UserError(`there is no target "${unknown}"; there are ${targetNames.join(', ')}`);
  console.log(`seed ${seed}`);
  const cases = join(ROOT, 'test', 'fuzz', 'cases');
  const findings = await runFuzz({ targets, seconds, seed, cases, ...core });
  console.log(findings === 0 ? 'nothing found' : `findings: ${findings}`);
  return findings === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`npm run fuzz: ${error.message}`);
  process.exitCode = 1;
}
