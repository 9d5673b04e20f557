/** The thread that fuzzes; the other one bundled it, and watches whether it is still alive. */
import { parentPort, workerData } from 'node:worker_threads';
import { readCases } from './cases.js';
import { Coverage } from './coverage.js';
import { fuzz } from './fuzzer.js';
import { judge, watchRejections } from './judge.js';
import { Random } from './random.js';
import { words } from './rows.js';
import { Finding } from './target.js';
import { targets } from './targets/index.js';

/** What the thread is told. */
export interface Order {
  readonly target: string;
  readonly milliseconds: number;
  readonly seed: number;
  /** Texts of core's sources. */
  readonly words: readonly string[];
  readonly cases: string;
  /** Where the current input is recorded: its length, the number of executions, then its bytes. */
  readonly atWork: SharedArrayBuffer;
}

/** What it reports: something found, something wrong with legal sessions, an old case that fails again, the end. */
export type Report =
  | {
      readonly type: 'finding';
      readonly kind: string;
      readonly message: string;
      readonly origin: string;
      readonly input: Uint8Array;
      readonly after: number;
    }
  | { readonly type: 'legal'; readonly message: string }
  | { readonly type: 'case'; readonly file: string; readonly message: string }
  | {
      readonly type: 'done';
      readonly executions: number;
      readonly branches: number;
      readonly corpus: number;
      readonly milliseconds: number;
    };

const HEAD = 2;
/** The first line of the bundle makes it, before any of core's code counts in it. */
const counters = Reflect.get(globalThis, 'fuzzCounters') as Uint8Array;

function tell(report: Report): void {
  parentPort?.postMessage(report, []);
}

async function run(order: Order): Promise<void> {
  const target = targets.find(({ name }) => name === order.target);
  if (target === undefined) throw new Error(`there is no target ${order.target}`);
  watchRejections();
  words.push(...order.words);
  const head = new Uint32Array(order.atWork, 0, HEAD);
  const bytes = new Uint8Array(order.atWork, HEAD * 4);
  const starting = (input: Uint8Array): void => {
    bytes.set(input);
    head[0] = input.length;
    Atomics.add(head, 1, 1);
  };
  for (const { file, input } of readCases(order.cases).filter((one) => one.target === target.name)) {
    starting(input);
    const finding = await judge(target, input);
    if (finding !== undefined) tell({ type: 'case', file, message: finding.message });
  }
  const started = performance.now();
  const { found, ...figures } = await fuzz(target, {
    milliseconds: order.milliseconds,
    random: new Random(order.seed),
    coverage: new Coverage(counters),
    starting,
  });
  for (const { finding, input, after } of found) {
    const { kind, message, stack, cause } = finding;
    const origin = cause instanceof Error ? cause.stack : stack;
    tell({ type: 'finding', kind, message, origin: origin ?? '', input, after });
  }
  tell({ type: 'done', ...figures, milliseconds: performance.now() - started });
}

try {
  await run(workerData as Order);
} catch (error) {
  // The targets' legal sessions are recorded between two ends of ours, and are watched too.
  if (!(error instanceof Finding)) throw error;
  tell({ type: 'legal', message: error.message });
}
