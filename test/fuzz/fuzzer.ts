/** One target, fuzzed for a while: inputs that reach something new are kept and changed further. */
import type { Coverage } from './coverage.js';
import { judge } from './judge.js';
import { minimise } from './minimise.js';
import { MAXIMUM_INPUT } from './mutate.js';
import type { Random } from './random.js';
import type { Finding, Target } from './target.js';

export interface Budget {
  readonly milliseconds: number;
  readonly random: Random;
  readonly coverage: Coverage;
  /** Called with each input before it runs, so that another thread knows it if it never ends. */
  readonly starting: (input: Uint8Array) => void;
}

export interface Found {
  readonly finding: Finding;
  readonly input: Uint8Array;
  /** Since the target began, in ms. */
  readonly after: number;
}

export interface Result {
  readonly executions: number;
  readonly branches: number;
  readonly corpus: number;
  readonly found: readonly Found[];
}

/** Different findings before a target is given up. */
const MAXIMUM_FINDINGS = 5;
const MAXIMUM_CHANGES = 6;
/** Time for minimising a finding, in ms. */
const MINIMISING = 10_000;

export async function fuzz(target: Target, { milliseconds, random, coverage, starting }: Budget): Promise<Result> {
  const started = performance.now();
  const corpus: Uint8Array[] = [];
  const found = new Map<string, Found>();
  let executions = 0;
  const execute = async (input: Uint8Array): Promise<void> => {
    starting(input);
    coverage.begin();
    const finding = await judge(target, input);
    executions += 1;
    if (finding !== undefined && !found.has(finding.kind)) {
      const after = performance.now() - started;
      found.set(finding.kind, {
        finding,
        input: await minimise(target, input, finding.kind, MINIMISING),
        after,
      });
    } else if (finding === undefined && coverage.end()) corpus.push(input);
  };
  const seeds = (await target.seeds()).filter(({ length }) => length <= MAXIMUM_INPUT);
  for (const seed of seeds) await execute(seed);
  if (corpus.length === 0) corpus.push(...seeds);
  while (performance.now() - started < milliseconds && found.size < MAXIMUM_FINDINGS) {
    await execute(change(target, corpus, random));
  }
  return { executions, branches: coverage.branches, corpus: corpus.length, found: [...found.values()] };
}

/** Recent inputs lead further more often than early ones. */
function choose(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  const from = random.oneIn(2) ? 0 : corpus.length - Math.ceil(corpus.length / 4);
  return corpus[from + random.below(corpus.length - from)]!;
}

function change({ shape }: Target, corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let input = choose(corpus, random);
  if (random.oneIn(10)) input = shape.join(input, choose(corpus, random), random);
  for (let changes = 1 + random.below(MAXIMUM_CHANGES); changes > 0; changes -= 1) input = shape.mutate(input, random);
  return input.slice(0, MAXIMUM_INPUT);
}
