/** A session as a list of steps, written as bytes: what a peer sends, and what happens around it. */
import { concatenate, uint32 } from './bytes.js';
import { generateMessage } from './generate.js';
import { MAXIMUM_INPUT, mutateBytes, mutateMessage } from './mutate.js';
import type { Random } from './random.js';
import { edges } from './rows.js';
import { smallerBytes } from './shapes.js';
import type { Shape } from './target.js';

/**
 * `message`: a payload in a legal packet. `raw`: bytes as they are. `wait`: time passes, in ms. `chunk`: from here on bytes
 * arrive in pieces of this length, 0 for whole. `act`: something else that a target knows by number. `repeat`: the last message again,
 * this many times: a flood that is small to write down.
 */
export type Step =
  | { readonly kind: 'message' | 'raw'; readonly bytes: Uint8Array }
  | { readonly kind: 'wait' | 'chunk' | 'act' | 'repeat'; readonly value: number };

const KINDS = ['message', 'raw', 'wait', 'chunk', 'act', 'repeat'] as const;
const MAXIMUM_STEPS = 400;

export const message = (bytes: Uint8Array): Step => ({ kind: 'message', bytes });
export const raw = (bytes: Uint8Array): Step => ({ kind: 'raw', bytes });
export const act = (value: number): Step => ({ kind: 'act', value });

export function encodeSteps(steps: readonly Step[]): Uint8Array {
  const parts = steps.map((step) => {
    const kind = Uint8Array.of(KINDS.indexOf(step.kind));
    return 'bytes' in step
      ? concatenate(kind, uint32(step.bytes.length), step.bytes)
      : concatenate(kind, uint32(step.value));
  });
  return concatenate(...parts);
}

/** Reads any bytes: a length that is too long ends at the end. */
export function decodeSteps(input: Uint8Array): readonly Step[] {
  const steps: Step[] = [];
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  for (let offset = 0; offset + 5 <= input.length && steps.length < MAXIMUM_STEPS;) {
    const kind = KINDS[input[offset]! % KINDS.length]!;
    const value = view.getUint32(offset + 1);
    offset += 5;
    if (kind === 'message' || kind === 'raw') {
      const end = Math.min(input.length, offset + value);
      steps.push({ kind, bytes: input.slice(offset, end) });
      offset = end;
    } else steps.push({ kind, value });
  }
  return steps;
}

function generateStep(random: Random): Step {
  switch (random.below(12)) {
    case 10:
      return { kind: 'repeat', value: random.below(1024) };
    case 0:
      return raw(random.bytes(random.length()));
    case 1:
      return { kind: 'wait', value: random.pick([1, 1000, 20_000, 30_000, 3_600_000]) };
    case 2:
      return { kind: 'chunk', value: random.below(20) };
    case 3:
      return act(random.below(16));
    default:
      return message(generateMessage(random));
  }
}

function changed(step: Step, random: Random): Step {
  if ('bytes' in step && step.kind === 'message') {
    return random.oneIn(16) ? raw(step.bytes) : message(mutateMessage(step.bytes, random));
  }
  if ('bytes' in step) return raw(mutateBytes(step.bytes, random));
  return { ...step, value: random.oneIn(2) ? random.below(16) : random.pick(edges) };
}

function mutateSteps(steps: readonly Step[], random: Random): readonly Step[] {
  const at = random.below(steps.length);
  const step = steps[at];
  if (step === undefined) return [generateStep(random)];
  switch (random.below(10)) {
    case 0:
      return steps.toSpliced(at, 1);
    case 1:
      return steps.toSpliced(at, 0, ...Array.from({ length: 1 + random.below(random.oneIn(8) ? 70 : 2) }, () => step));
    case 2:
      return steps.toSpliced(at, 1).toSpliced(random.below(steps.length), 0, step);
    case 3:
      return steps.toSpliced(random.below(steps.length + 1), 0, step);
    case 4:
      return steps.toSpliced(at, 0, generateStep(random));
    case 5:
      return steps.slice(0, at + 1);
    default:
      return steps.with(at, changed(step, random));
  }
}

function* smallerSteps(input: Uint8Array): Iterable<Uint8Array> {
  const steps = decodeSteps(input);
  for (let length = steps.length; length >= 1; length = length >> 1) {
    for (let start = 0; start < steps.length; start += length) yield encodeSteps(steps.toSpliced(start, length));
  }
  for (const [index, step] of steps.entries()) {
    if (!('bytes' in step)) continue;
    for (const bytes of smallerBytes(step.bytes)) yield encodeSteps(steps.with(index, { ...step, bytes }));
  }
}

/** Inputs that are lists of steps after `headLength` bytes that choose what is tested. */
export function stepsShape(headLength = 0): Shape {
  const head = (input: Uint8Array): Uint8Array => input.subarray(0, headLength);
  const body = (input: Uint8Array): Uint8Array => input.subarray(headLength);
  return {
    mutate: (input, random) => {
      if (headLength > 0 && random.oneIn(8)) {
        return concatenate(random.bytes(headLength), body(input));
      }
      const steps = mutateSteps(decodeSteps(body(input)), random);
      return concatenate(head(input), encodeSteps(steps)).slice(0, MAXIMUM_INPUT);
    },
    join: (a, b, random) => {
      const first = decodeSteps(body(a));
      const second = decodeSteps(body(b));
      const steps = [
        ...first.slice(0, random.below(first.length + 1)),
        ...second.slice(random.below(second.length + 1)),
      ];
      return concatenate(head(a), encodeSteps(steps)).slice(0, MAXIMUM_INPUT);
    },
    smaller: function* smaller(input) {
      for (const smallerBody of smallerSteps(body(input))) yield concatenate(head(input), smallerBody);
    },
  };
}
