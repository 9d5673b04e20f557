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
