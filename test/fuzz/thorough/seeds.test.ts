/** Every target still runs its legal inputs, as each run of the fuzzer does first. */
import { expect, test } from 'vitest';
import { judge } from '../judge.js';
import { targets } from '../targets/index.js';

test.each(targets.map((target) => [target.name, target] as const))('legal inputs of %s', async (_name, target) => {
  const seeds = await target.seeds();
  expect(seeds.length).toBeGreaterThan(0);
  for (const seed of seeds) expect(await judge(target, seed)).toBeUndefined();
});
