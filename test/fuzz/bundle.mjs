/** Bundles the fuzzer with core's sources, whose branches are counted. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { instrument, MAXIMUM_BRANCHES } from './instrument.mjs';

/** Writes `main.mjs` and `worker.mjs` into `folder`. @returns the texts in core's sources, and how many branches it has */
export async function bundle(folder) {
  const seen = { words: new Set(), branches: 0 };
  await build({
    entryPoints: ['main.ts', 'worker.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url))),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@nacre/source'],
    sourcemap: 'inline',
    banner: {
      // bcrypt-pbkdf is CommonJS, and its dependency calls require() for a Node module.
      js: `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
globalThis.fuzzCounters = new Uint8Array(${MAXIMUM_BRANCHES});`,
    },
    plugins: [instrument(seen)],
    logLevel: 'warning',
  });
  return { main: join(folder, 'main.mjs'), words: [...seen.words], branches: seen.branches };
}
