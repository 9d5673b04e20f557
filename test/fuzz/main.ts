/** The thread that watches: gives each target a thread and its share of the time, and records what is found. */
import { Worker } from 'node:worker_threads';
import { writeCase } from './cases.js';
import { MAXIMUM_INPUT } from './mutate.js';
import { targets } from './targets/index.js';
import type { Order, Report } from './worker.js';

export interface Run {
  /** For all targets, if none is named. */
  readonly targets: readonly string[];
  readonly seconds: number;
  readonly seed: number;
  readonly words: readonly string[];
  readonly branches: number;
  /** Where cases are read from and written to. */
  readonly cases: string;
}

/** An input that takes longer than this, in ms, never ends; it may be one that is being minimised. */
const ENDLESS = 20_000;
/** What a thread may keep on its heap, in MiB: the corpus and everything under test are far below. */
const MAXIMUM_HEAP = 768;
const HEAD = 2;

export const targetNames: readonly string[] = targets.map(({ name }) => name);

/** @returns how much was found */
export async function runFuzz(run: Run): Promise<number> {
  const names = run.targets.length > 0 ? run.targets : targetNames;
  let findings = 0;
  for (const name of names) findings += await fuzzTarget(name, (run.seconds * 1000) / names.length, run);
  return findings;
}

function fuzzTarget(target: string, milliseconds: number, run: Run): Promise<number> {
  const { seed, words, cases } = run;
  const atWork = new SharedArrayBuffer(HEAD * 4 + MAXIMUM_INPUT + 1);
  const order: Order = { target, milliseconds, seed, words, cases, atWork };
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MAXIMUM_HEAP },
  });
  let findings = 0;
  const found = (kind: string, message: string, input: Uint8Array, after = ''): void => {
    findings += 1;
    console.log(`${target}: ${kind}${after}\n  ${message}`);
    console.log(`  written to ${writeCase(cases, target, `${kind}: ${message}`, input)}`);
  };
  worker.on('message', (report: Report) => {
    switch (report.type) {
      case 'finding':
        found(report.kind, report.message, report.input, `, after ${(report.after / 1000).toFixed(1)} s`);
        console.log(report.origin);
        return;
      case 'legal':
        findings += 1;
        console.log(`${target}: a legal session shows: ${report.message}`);
        return;
      case 'case':
        findings += 1;
        console.log(`${target}: the case ${report.file} shows again: ${report.message}`);
        return;
      case 'done':
        console.log(summary(target, report, run));
        if (report.branches > 0) return;
        // Code that moves out of the instrumented folders would be fuzzed blindly from then on.
        findings += 1;
        console.log(`${target}: no branch of what it runs is counted: instrument.mjs does not know the folder`);
    }
  });
  return new Promise((resolve, reject) => {
    const watch = watchForEnd(atWork, (input) => {
      found('endless', `an input of ${input.length} bytes does not end`, input);
      void worker.terminate();
    });
    worker.on('error', (error: Error & { readonly code?: string }) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') reject(error);
      else found('out of memory', `the heap grew beyond ${MAXIMUM_HEAP} MiB`, inputAtWork(atWork));
    });
    worker.on('exit', () => {
      clearInterval(watch);
      resolve(findings);
    });
  });
}

function inputAtWork(atWork: SharedArrayBuffer): Uint8Array {
  const [length = 0] = new Uint32Array(atWork, 0, 1);
  return new Uint8Array(atWork, HEAD * 4, length).slice();
}

/** Calls back once if the same execution runs for too long. */
function watchForEnd(atWork: SharedArrayBuffer, endless: (input: Uint8Array) => void): NodeJS.Timeout {
  const head = new Uint32Array(atWork, 0, HEAD);
  let last = 0;
  let since = Date.now();
  return setInterval(() => {
    const execution = Atomics.load(head, 1);
    if (execution !== last) {
      last = execution;
      since = Date.now();
    } else if (Date.now() - since > ENDLESS) {
      since = Infinity;
      endless(inputAtWork(atWork));
    }
  }, 500);
}

function summary(target: string, report: Report & { readonly type: 'done' }, { branches }: Run): string {
  const { executions, corpus, milliseconds } = report;
  const rate = Math.round(executions / (milliseconds / 1000));
  return `${target}: ${executions} inputs, ${rate}/s, ${corpus} kept, ${report.branches} of ${branches} branches`;
}
