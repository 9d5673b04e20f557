import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vitest/config';

const resolve = { conditions: ['@nacre/source'] };
const ssr = { resolve };

/**
 * Vite turns a module's exports into getters of an object that has no prototype. V8 looks up each use of an import there by its
 * hash, unless the object is itself a prototype. Making it one halves the time of inner loops that call other modules, and takes a
 * twentieth off the suite.
 */
const fastExports = {
  name: 'fast-exports',
  transform: (code: string, id: string) =>
    /\.tsx?$/.test(id) ? { code: `${code}\nObject.create(__vite_ssr_exports__);`, map: null } : undefined,
};
/** What is kept of a transformed file says where its imports are, which the packages' `exports` decide. */
const manifests = ['packages', 'examples']
  .map((folder) => join(import.meta.dirname, folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, 'package.json')))
  .filter((path) => existsSync(path))
  .map((path) => readFileSync(path, 'utf8'))
  .join('');
const keyedByExports: Plugin = {
  name: 'keyed-by-exports',
  configureVitest: ({ experimental_defineCacheKeyGenerator: addToKey }) => addToKey(() => manifests),
};
const plugins = [fastExports, keyedByExports];

/** How long a test waits for what has to come, in ms: by `expect.poll`, and by `eventually` of `test/attacks`. */
const patience = (time: number) => ({ expect: { poll: { timeout: time } }, env: { PATIENCE: String(time) } });

/** For projects whose files need only the processor. */
const inMemory = {
  // A module that many files import is evaluated once: that is a third of the suite's time. No test may leave state behind in one.
  isolate: false,
  // Vitest reserves a core for itself, although transforming takes only two seconds of it.
  maxWorkers: '100%',
  // What a test makes is short-lived: a larger young generation leaves the collector less to copy, which saves a tenth of the time.
  execArgv: ['--max-semi-space-size=64'],
  setupFiles: ['test/setup.ts'],
  // These find what never ends: on two busy cores a second becomes ten.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  ...patience(30_000),
};

/** For projects whose files start programs: what takes them seconds takes minutes on a slow machine that has other work to do. */
const withPrograms = { testTimeout: 300_000, hookTimeout: 300_000, ...patience(200_000) };

/** Those that keep both cores busy by themselves: next to them others would miss their deadlines, and they would measure the others. */
const ALONE = [
  'test/runtimes/bulk.test.ts',
  'test/runtimes/relay-ends.test.ts',
  'test/interop/load.test.ts',
  'test/interop/bridge/cuts/matrix.test.ts',
];

export default defineConfig({
  test: {
    // Transforming takes a fourteenth of the unit suite's CPU time. What is kept holds for a file's text, this configuration, the
    // lockfile and the packages' manifests.
    experimental: { fsModuleCache: true },
    projects: [
      {
        plugins,
        resolve,
        ssr,
        test: {
          ...inMemory,
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'test/*.test.ts',
            'test/vectors/*.test.ts',
            'test/attacks/**/*.test.ts',
            'test/fuzz/**/*.test.ts',
          ],
          exclude: ['**/*.thorough.test.ts', 'test/{attacks,fuzz}/thorough/**'],
        },
      },
      {
        plugins,
        resolve,
        ssr,
        test: {
          ...inMemory,
          // For `test/attacks/wire.ts`.
          env: { ...inMemory.env, SINGLE_BYTES: '2048' },
          name: 'thorough',
          include: [
            '{packages,examples}/*/src/**/*.thorough.test.ts',
            'test/*.thorough.test.ts',
            'test/{attacks,fuzz,vectors}/thorough/*.test.ts',
          ],
        },
      },
      {
        plugins: [keyedByExports],
        resolve,
        ssr,
        test: {
          ...withPrograms,
          name: 'interop',
          include: ['test/{interop,runtimes}/**/*.test.ts'],
          exclude: ALONE,
          // Much of it is waiting: for programs to start, and for what they do in their own time.
          maxWorkers: 2,
        },
      },
      {
        plugins: [keyedByExports],
        resolve,
        ssr,
        test: { ...withPrograms, name: 'interop-alone', include: ALONE, fileParallelism: false },
      },
    ],
  },
});
