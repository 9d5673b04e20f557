/** `npm run build`: types and libraries, the bridge as one file, the page, and the playground for each runtime. */
import { join } from 'node:path';
import { buildPage, bundle, bundleBridge, BUNDLES } from './lib/bundles.mjs';
import { ROOT, runQuietly, UserError } from './lib/processes.mjs';

const LIBRARIES = ['core', 'edge', 'web-terminal', 'bridge'].map((name) => `packages/${name}`);

/** `tsc` first: it describes mistakes most clearly. */
const STEPS = {
  libraries: () =>
    runQuietly(join(ROOT, 'node_modules/.bin/tsc'), ['-b', ...LIBRARIES], {
      label: 'tsc -b',
      advice: 'look at the lines above',
    }),
  'ssh-bridge': bundleBridge,
  'playground and examples': () => Promise.all(Object.keys(BUNDLES).map(bundle)),
  'web page': buildPage,
};

async function main() {
  for (const [name, step] of Object.entries(STEPS)) {
    const started = Date.now();
    await step();
    console.log(`built ${name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

try {
  await main();
} catch (error) {
  // esbuild's messages have several lines, with the place of the mistake.
  console.error(error instanceof UserError ? `build: ${error.message}` : (error.message ?? error));
  process.exitCode = 1;
}
