/** Legal messages made from their rows: the row decodes from a reader that makes up what it returns. */
import type { Fields } from '../../packages/core/src/wire/fields.js';
import type { Layout, Message } from '../../packages/core/src/wire/message.js';
import { Reader } from '../../packages/core/src/wire/reader.js';
import type { Random } from './random.js';
import { edges, messages, tails, words } from './rows.js';

/** A reader whose bytes are whatever fits. */
class InventingReader extends Reader {
  readonly #random: Random;

  constructor(random: Random) {
    super(new Uint8Array(0));
    this.#random = random;
  }

  override byte(): number {
    return this.#random.oneIn(2) ? this.#random.below(2) : this.#random.below(256);
  }

  override uint32(): number {
    return this.#random.oneIn(3) ? this.#random.pick(edges) : this.#random.below(4);
  }

  override fixed(length: number): Uint8Array {
    return this.#random.bytes(Math.min(length, 2 ** 16));
  }

  override string(): Uint8Array {
    return this.#random.oneIn(3) ? new TextEncoder().encode(this.text()) : this.#random.bytes(this.#random.length());
  }

  override text(): string {
    return this.#random.oneIn(4) ? this.#random.text(this.#random.length()) : this.#random.pick(words);
  }

  override nameList(): string[] {
    const names = Array.from({ length: this.#random.below(8) }, () => this.#random.pick(words));
    return names.filter((name) => /^[\x21-\x2b\x2d-\x7e]{1,64}$/.test(name));
  }

  override rest(): Uint8Array {
    if (this.#random.oneIn(4)) return this.#random.bytes(this.#random.length());
    return generateRecord(this.#random.pick(tails), this.#random) ?? new Uint8Array(0);
  }
}

/** Values that a row could have read; undefined where what was made up does not suit it. */
export function invent<F extends Fields>(
  row: Message<F> | Layout<F>,
  random: Random,
): Parameters<typeof row.encode>[0] | undefined {
  const reader = new InventingReader(random);
  try {
    const values = Object.entries(row.fields).map(([name, field]) => [name, field.read(reader)]);
    return Object.fromEntries(values) as Parameters<typeof row.encode>[0];
  } catch {
    return undefined;
  }
}

export function generateRecord(row: Layout<Fields>, random: Random): Uint8Array | undefined {
  const values = invent(row, random);
  return values === undefined ? undefined : row.encode(values).slice();
}

/** A payload of any message there is. */
export function generateMessage(random: Random): Uint8Array {
  const row = random.pick(messages);
  const values = invent(row, random);
  return values === undefined ? Uint8Array.of(row.number) : row.encode(values).slice();
}
