/** Runs one input of a target and says what was wrong: an exception, an unhandled rejection, or too much time. */
import { Finding, undocumented, type Target } from './target.js';

/** CPU of one input of less than 64 KiB, in ms: ten times what the slowest legal one takes on a slow machine. */
const MAXIMUM_CPU = 250;
/** Inputs that take longer than this by the clock are examined, in ms. */
const SUSPICIOUS = 100;
const CONFIRMATIONS = 3;

/** Unhandled rejections since the last look. */
const rejections: unknown[] = [];

export function watchRejections(): void {
  process.on('unhandledRejection', (reason) => void rejections.push(reason));
}

async function runOnce({ name, run }: Target, input: Uint8Array): Promise<Finding | undefined> {
  rejections.length = 0;
  try {
    const running = run(input);
    if (running !== undefined) await running;
  } catch (error) {
    return error instanceof Finding ? error : undocumented(name, error);
  }
  const [rejection] = rejections;
  return rejection === undefined ? undefined : undocumented('a promise that nobody waits for', rejection);
}

async function cpuMilliseconds(target: Target, input: Uint8Array): Promise<number> {
  const before = process.cpuUsage();
  await runOnce(target, input);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** @returns what was wrong; undefined if nothing was */
export async function judge(target: Target, input: Uint8Array): Promise<Finding | undefined> {
  const started = performance.now();
  const finding = await runOnce(target, input);
  if (finding !== undefined || performance.now() - started < SUSPICIOUS) return finding;
  let least = Infinity;
  for (let round = 0; round < CONFIRMATIONS; round += 1) least = Math.min(least, await cpuMilliseconds(target, input));
  if (least <= MAXIMUM_CPU) return undefined;
  return new Finding('slow', `${Math.round(least)} ms of CPU for ${input.length} bytes`);
}
