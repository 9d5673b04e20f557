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
  // Two busy cores make five seconds of a second.
  testTimeout: 20_000,
};

/** Of projects whose files start programs. */
const withPrograms = { testTimeout: 60_000, hookTimeout: 60_000 };

/** Those that have both cores busy by themselves: beside them others would be too slow for what they wait for, and they for what they measure. */
const ALONE = [
  'test/runtimes/bulk.test.ts',
  'test/runtimes/relay-ends.test.ts',
  'test/interop/load.test.ts',
  'test/interop/bridge/cuts/matrix.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
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
          exclude: ['test/attacks/thorough/**'],
        },
      },
      {
        resolve,
        ssr,
        test: { ...inMemory, name: 'thorough', include: ['test/{attacks,vectors}/thorough/*.test.ts'] },
      },
      {
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
        resolve,
        ssr,
        test: { ...withPrograms, name: 'interop-alone', include: ALONE, fileParallelism: false },
      },
    ],
  },
});
