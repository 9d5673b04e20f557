/** Changes to bytes and to messages, as a careless or hostile peer makes them. */
import { concatenate, splice, string, uint32 } from './bytes.js';
import { generateMessage } from './generate.js';
import type { Random } from './random.js';
import { edges, words } from './rows.js';
import { spansOf, type Span } from './spans.js';

/** Inputs do not grow beyond this, in bytes: a time oracle needs a bound on the input. */
export const MAXIMUM_INPUT = 64 * 1024 - 1;

type Change = (bytes: Uint8Array, random: Random) => Uint8Array;

function place(bytes: Uint8Array, random: Random, length: number): number {
  return random.below(Math.max(1, bytes.length - length + 1));
}

/** Without knowing what the bytes mean. */
const havoc: readonly Change[] = [
  function flipBit(bytes, random) {
    const changed = bytes.slice();
    const at = random.below(changed.length);
    if (at < changed.length) changed[at] = changed[at]! ^ (1 << random.below(8));
    return changed;
  },
  function setByte(bytes, random) {
    const changed = bytes.slice();
    const at = random.below(changed.length);
    if (at < changed.length) changed[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
    return changed;
  },
  function setEdge(bytes, random) {
    const changed = bytes.slice();
    if (changed.length >= 4) changed.set(uint32(random.pick(edges)), place(changed, random, 4));
    return changed;
  },
  function addALittle(bytes, random) {
    const changed = bytes.slice();
    const at = random.below(changed.length);
    if (at < changed.length) changed[at] = changed[at]! + random.below(9) - 4;
    return changed;
  },
  function remove(bytes, random) {
    const length = Math.min(bytes.length, 1 + random.length());
    const start = place(bytes, random, length);
    return splice(bytes, start, start + length, new Uint8Array(0));
  },
  function cut(bytes, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function insert(bytes, random) {
    const start = random.below(bytes.length + 1);
    return splice(bytes, start, start, random.bytes(1 + random.length()));
  },
  function insertWord(bytes, random) {
    const start = random.below(bytes.length + 1);
    const word = new TextEncoder().encode(random.pick(words));
    return splice(bytes, start, random.oneIn(2) ? start : start + word.length, word);
  },
  function repeat(bytes, random) {
    const length = Math.min(bytes.length, 1 + random.length());
    const start = place(bytes, random, length);
    const copies = Array.from({ length: 1 + random.below(random.oneIn(8) ? 64 : 3) }, () =>
      bytes.subarray(start, start + length),
    );
    return splice(bytes, start, start, concatenate(...copies));
  },
];

export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  return random.pick(havoc)(bytes, random).slice(0, MAXIMUM_INPUT);
}

function names(random: Random): string {
  const list = Array.from({ length: random.below(6) }, () => random.pick(words)).join(',');
  return random.pick([list, `${list},`, list.repeat(random.below(40)), '', ',', 'x'.repeat(65), random.text(10)]);
}

/** Changes by type: the field stays a field, and its value becomes one that is likely to hurt. */
const byType: Readonly<Record<Span['type'], Change>> = {
  byte: (_value, random) => Uint8Array.of(random.pick([0, 1, 2, 255, random.below(256)])),
  uint32: (_value, random) => uint32(random.oneIn(3) ? random.below(4) : random.pick(edges)),
  fixed: (value, random) => mutateBytes(value, random),
  names: (value, random) => (random.oneIn(2) ? string(names(random)) : string(mutateBytes(value.subarray(4), random))),
  rest: (value, random) => mutateBytes(value, random),
  string: (value, random) => {
    const content = value.subarray(4);
    switch (random.below(5)) {
      case 0:
        return concatenate(uint32(random.pick(edges)), content);
      case 1:
        return string(random.pick(words));
      case 2:
        return string(new Uint8Array(random.pick(edges) & 0x7fff).fill(random.below(256)));
      case 3:
        // An mpint may be negative, or longer than it needs to be.
        return string(concatenate(Uint8Array.of(random.pick([0, 0x80, 0xff])), content));
      default:
        return string(mutateBytes(content, random));
    }
  },
};

/** Changes one field of a payload, its number, or bytes of it. */
export function mutateMessage(payload: Uint8Array, random: Random): Uint8Array {
  const choice = random.below(12);
  if (choice === 0) return mutateBytes(payload, random);
  if (choice === 1) return splice(payload, 0, 1, Uint8Array.of(random.below(256)));
  if (choice === 2) return generateMessage(random);
  const spans = spansOf(payload);
  if (spans.length === 0) return mutateBytes(payload, random);
  const { type, start, end } = random.pick(spans);
  const changed = byType[type](payload.slice(start, end), random);
  return splice(payload, start, end, changed).slice(0, MAXIMUM_INPUT);
}
