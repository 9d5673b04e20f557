/** Bundles by esbuild: the playground for each runtime, the examples and the bridge; and the page, by Vite. */
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { ROOT, runQuietly } from './processes.mjs';

/** From the sources, not from the output of `tsc`, which may be stale. */
const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  conditions: ['@nacre/source'],
  legalComments: 'inline',
  sourcemap: false,
  write: false,
  logLevel: 'silent',
};
const NODE = { platform: 'node', target: 'node20' };
/**
 * Runtimes other than Node, with built-in `node:` modules. Libraries look for their switches in the environment, for which
 * Deno would ask permission.
 */
const EDGE = {
  platform: 'neutral',
  mainFields: ['module', 'main'],
  external: ['node:*'],
  define: { 'process.env': '{}' },
};

const PLAYGROUND = 'examples/playground';

export const BUNDLES = {
  'playground-node': { entry: `${PLAYGROUND}/src/node.ts`, outfile: `${PLAYGROUND}/dist/node.js`, options: NODE },
  'playground-bun': { entry: `${PLAYGROUND}/src/bun.ts`, outfile: `${PLAYGROUND}/dist/bun.js`, options: NODE },
  'playground-deno': { entry: `${PLAYGROUND}/src/deno.ts`, outfile: `${PLAYGROUND}/dist/deno.js`, options: EDGE },
  'playground-workerd': {
    entry: `${PLAYGROUND}/src/workerd.ts`,
    outfile: `${PLAYGROUND}/dist/workerd.js`,
    options: EDGE,
  },
  'playground-host-key': {
    entry: `${PLAYGROUND}/src/host-key.ts`,
    outfile: `${PLAYGROUND}/dist/host-key.js`,
    options: NODE,
  },
  'example-worker': {
    entry: 'examples/worker/src/worker.ts',
    outfile: 'examples/worker/dist/worker.js',
    options: EDGE,
  },
};

export const BRIDGE = join(ROOT, 'packages/bridge/dist/ssh-bridge.js');

/** The path of a bundle. */
export function bundlePath(name) {
  return join(ROOT, BUNDLES[name].outfile);
}

export async function bundle(name) {
  const { entry, options } = BUNDLES[name];
  const result = await build({ ...COMMON, ...options, entryPoints: [entry] });
  await replace(bundlePath(name), result.outputFiles[0].contents);
}

/** Bundles an example for Node, whose program is `src/main.ts`. @returns the file. */
export async function bundleExample(name) {
  const folder = `examples/${name}`;
  const result = await build({
    ...COMMON,
    ...NODE,
    // Finds its WebAssembly next to its own file.
    external: ['node-sqlite3-wasm'],
    entryPoints: [`${folder}/src/main.ts`],
  });
  const file = join(ROOT, folder, 'dist/main.js');
  await replace(file, result.outputFiles[0].contents);
  return file;
}

export function bundleBridge() {
  const advice = 'look at the lines above';
  return runQuietly(process.execPath, ['packages/bridge/build.mjs'], { label: 'packages/bridge/build.mjs', advice });
}

/** Builds the bundles that are missing, or older than any source. */
export async function ensureBundles(names) {
  const changed = await newestSource();
  const isStale = async (file) => (await modified(file)) < changed;
  await Promise.all(names.map(async (name) => (await isStale(bundlePath(name))) && bundle(name)));
}

export async function ensureBridge() {
  if ((await modified(BRIDGE)) < (await modified(join(ROOT, 'packages/bridge/src'), true))) await bundleBridge();
}

/** Readers see the old file or the new one, never an incomplete one. */
async function replace(file, contents) {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, contents);
  await rename(draft, file);
}

async function newestSource() {
  const folders = ['packages/core/src', 'packages/edge/src', `${PLAYGROUND}/src`, 'examples/worker/src'];
  return Math.max(...(await Promise.all(folders.map((folder) => modified(join(ROOT, folder), true)))));
}

/** In ms; with `recursive`, of the newest file in a folder; 0 if there is none. */
async function modified(path, recursive = false) {
  try {
    if (!recursive) return (await stat(path)).mtimeMs;
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Math.max(0, ...(await Promise.all(files.map((file) => modified(file)))));
  } catch {
    return 0;
  }
}

export function buildPage() {
  return runQuietly('npm', ['run', '--silent', 'build', '-w', '@nacre/web-terminal'], {
    label: 'npm run build -w @nacre/web-terminal',
    advice: 'look at the lines above',
  });
}
