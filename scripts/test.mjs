/**
 * `npm test [-- SUITE...]`: installs what the tests need, runs the suites and closes with `N passed, N failed, N skipped`.
 * CI=true turns a skipped test into a failure.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebianPackages, installNpmPackages } from './lib/install.mjs';
import { ROOT, run, UserError } from './lib/processes.mjs';
import { countOne, countPlaywright, countVitest } from './lib/reports.mjs';

const reports = mkdtempSync(join(tmpdir(), 'nacre-test-'));
const program = (name) => join(ROOT, 'node_modules', '.bin', name);

/** Short, and as repeatable as the machine's speed allows; `npm run fuzz` fuzzes for longer. */
const FUZZ = ['scripts/fuzz.mjs', '--seconds', '18', '--seed', '1'];

/** In the order in which they run. `needsDebian`: the suite talks to programs that npm does not provide. */
const SUITES = {
  types: { run: (output) => one(program('tsc'), ['-b'], output) },
  lint: { run: (output) => one('npm', ['run', '--silent', 'lint'], output) },
  fuzz: { run: (output) => one(process.execPath, FUZZ, output), isBesideLast: true },
  unit: { needsDebian: true, run: () => vitest('unit') },
  thorough: { run: () => vitest('thorough') },
  build: { run: (output) => one(process.execPath, ['scripts/build.mjs'], output) },
  interop: { needsDebian: true, run: () => vitest('interop', 'interop*') },
  e2e: { needsDebian: true, run: playwright },
};

async function one(file, words, output) {
  return countOne(await run(file, words, { output }));
}

async function vitest(suite, projects = suite) {
  const report = join(reports, `${suite}.json`);
  const words = ['run', '--project', projects, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return countVitest(report, await run(program('vitest'), words));
}

async function playwright() {
  const report = join(reports, 'e2e.json');
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: report };
  return countPlaywright(report, await run(program('playwright'), ['test', '--reporter=list,json'], { env }));
}

/** Rows of suites that run at the same time, because each uses only one core. */
function rowsOf(names) {
  const rows = [];
  for (const name of names) {
    if (SUITES[name].isBesideLast && rows.length > 0) rows.at(-1).push(name);
    else rows.push([name]);
  }
  return rows;
}

/** The output of a suite that runs next to another is shown when it is over. */
async function runSuite(name, isBeside) {
  const output = isBeside ? [] : undefined;
  if (!isBeside) console.log(`\n== ${name}`);
  const started = Date.now();
  const counts = await SUITES[name].run(output);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (isBeside) process.stdout.write(`\n== ${name}\n${Buffer.concat(output)}`);
  const { passed, failed, skipped } = counts;
  console.log(`== ${name}: ${passed} passed, ${failed} failed, ${skipped.length} skipped in ${seconds} s`);
  return counts;
}

async function main(names) {
  const unknown = names.find((name) => !Object.hasOwn(SUITES, name));
  if (unknown !== undefined)
    throw new UserError(`there is no suite "${unknown}"; there are ${Object.keys(SUITES).join(', ')}`);
  const chosen = Object.keys(SUITES).filter((name) => names.length === 0 || names.includes(name));
  await installNpmPackages();
  if (chosen.some((name) => SUITES[name].needsDebian)) {
    const missing = await installDebianPackages();
    if (missing.length > 0) console.log(`Not installed, so their tests are skipped: ${missing.join(', ')}`);
  }
  let passed = 0;
  let failed = 0;
  const skipped = [];
  for (const row of rowsOf(chosen)) {
    for (const counts of await Promise.all(row.map((name) => runSuite(name, row.length > 1)))) {
      passed += counts.passed;
      failed += counts.failed;
      skipped.push(...counts.skipped);
    }
  }
  for (const { name } of skipped) console.log(`skipped: ${name}`);
  const forbidden = process.env.CI === 'true' ? skipped.filter(({ isAllowed }) => !isAllowed).length : 0;
  if (forbidden > 0) console.log(`CI=true: ${forbidden} skipped tests count as failed`);
  failed += forbidden;
  console.log(`\n${passed} passed, ${failed} failed, ${skipped.length - forbidden} skipped`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`npm test: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}
