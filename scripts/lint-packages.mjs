/** The last part of `npm run lint`: unused exports, and whether the packages' types and files match their manifests. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBridge } from './lib/bundles.mjs';
import { ROOT, runQuietly, UserError } from './lib/processes.mjs';

const program = (name) => join(ROOT, 'node_modules', '.bin', name);

async function main() {
  await runQuietly(program('knip'), [], {
    label: 'knip',
    advice: 'remove what is not used, or say in knip.json who uses it',
  });
  // Packages contain the build output.
  await runQuietly(program('tsc'), ['-b'], { label: 'tsc -b', advice: 'fix the types first' });
  await ensureBridge();
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const path = join('packages', name);
    const advice = `look at "exports" and "files" of ${path}/package.json`;
    await runQuietly(program('publint'), ['--strict', path], { label: `publint ${path}`, advice });
    // ESM only: `require` and old resolvers do not matter.
    await runQuietly(program('attw'), ['--pack', path, '--profile', 'esm-only'], { label: `attw ${path}`, advice });
  }
}

main().catch((error) => {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
});
