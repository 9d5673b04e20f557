/** Counts passed, failed and skipped tests in the JSON reports of vitest and Playwright. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './processes.mjs';

/** The one skip that is not a failure even if CI=true: the vectors are kept beside the project, so other clones lack them. */
const VECTORS = /^test\/vectors\/(thorough\/)?wycheproof[^/]*\.test\.ts$/;

/** A suite without a report of its own counts as one test. */
export function countOne(code) {
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
}

export function countVitest(path, code) {
  const report = read(path);
  if (report === undefined) return { passed: 0, failed: 1, skipped: [] };
  const counts = { passed: 0, failed: 0, skipped: [] };
  for (const file of report.testResults) {
    const name = relative(ROOT, file.name);
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else counts.skipped.push({ name: `${name}: ${test.fullName}`, isAllowed: VECTORS.test(name) });
    }
    // A file that cannot be loaded, or a hook that throws, fails without a test of its own.
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'))
      counts.failed += 1;
  }
  return settle(counts, code);
}

export function countPlaywright(path, code) {
  const report = read(path);
  if (report === undefined) return { passed: 0, failed: 1, skipped: [] };
  const counts = { passed: 0, failed: report.errors.length, skipped: [] };
  for (const suite of report.suites) countSpecs(suite, counts);
  return settle(counts, code);
}

function countSpecs(suite, counts) {
  for (const spec of suite.specs ?? []) {
    for (const { status } of spec.tests) {
      if (status === 'expected') counts.passed += 1;
      else if (status === 'skipped') counts.skipped.push({ name: `${spec.file}: ${spec.title}`, isAllowed: false });
      else counts.failed += 1;
    }
  }
  for (const inner of suite.suites ?? []) countSpecs(inner, counts);
}

/** An error outside of any test, or a run without tests, shows only in the exit code. */
function settle(counts, code) {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
