import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['@nacre/source'] };
const ssr = { resolve };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          // A module that many files import is evaluated once: that is a third of the suite's time. No test may leave state behind in one.
          isolate: false,
          // Vitest leaves a core to itself, where transforming takes two seconds of it.
          maxWorkers: '100%',
          setupFiles: ['test/setup.ts'],
          // Two busy cores make five seconds of a second.
          testTimeout: 20_000,
          include: [
            'packages/*/src/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'test/*.test.ts',
            'test/vectors/**/*.test.ts',
            'test/attacks/**/*.test.ts',
            'test/fuzz/**/*.test.ts',
          ],
        },
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
