import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['@nacre/source'] };
const ssr = { resolve };

/** Of projects whose files need nothing but the processor. */
const inMemory = {
  // A module that many files import is evaluated once: that is a third of the suite's time. No test may leave state behind in one.
  isolate: false,
  // Vitest leaves a core to itself, where transforming takes two seconds of it.
  maxWorkers: '100%',
  // What a test makes is soon gone: with more room for the young the collector has a tenth of the time less to copy.
  execArgv: ['--max-semi-space-size=64'],
  setupFiles: ['test/setup.ts'],
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          ...inMemory,
          name: 'unit',
          // Two busy cores make five seconds of a second.
          testTimeout: 20_000,
          include: [
            'packages/*/src/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'test/*.test.ts',
            'test/vectors/*.test.ts',
            'test/attacks/**/*.test.ts',
            'test/fuzz/**/*.test.ts',
          ],
        },
      },
      {
        resolve,
        ssr,
        test: { ...inMemory, name: 'thorough', include: ['test/vectors/thorough/*.test.ts'] },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'interop',
          include: ['test/{interop,runtimes}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
