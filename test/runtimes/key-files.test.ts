/** `@nacre/core/keys` in every runtime, as bundled for a browser: bcrypt is the only part that is neither ours nor noble's. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../interop/processes.js';
import { places, type Place } from './one-program.js';

const SOURCE = "import { exerciseKeyFiles as say } from './key-files.js';";

const everywhere: readonly Place[] = [places.node, places.deno, places.bun, places.workerdAlone, places.browser];

describe.each(everywhere)('$name', (place) => {
  test.skipIf(place.isMissing)('keys are made, locked, opened, and sign', async () => {
    expect(await place.run(await temporaryFolder(onTestFinished), SOURCE)).toBe('5 types of keys');
  });
});
