/** Where the fields of a message are, as its row reads them: what a mutator changes. */
import type { Field, Fields } from '../../packages/core/src/wire/fields.js';
import { Reader } from '../../packages/core/src/wire/reader.js';
import { messagesWith, tails } from './rows.js';

export type SpanType = 'byte' | 'uint32' | 'fixed' | 'string' | 'names' | 'rest';

/** A value of a basic type within some bytes; a string's span has its length in it. */
export interface Span {
  readonly type: SpanType;
  readonly start: number;
  readonly end: number;
}

/** A reader that records what it was asked for. */
export class RecordingReader extends Reader {
  readonly spans: Span[] = [];
  #depth = 0;

  override byte(): number {
    return this.#record('byte', () => super.byte());
  }

  override uint32(): number {
    return this.#record('uint32', () => super.uint32());
  }

  override fixed(length: number): Uint8Array {
    return this.#record('fixed', () => super.fixed(length));
  }

  override string(): Uint8Array {
    return this.#record('string', () => super.string());
  }

  override text(): string {
    return this.#record('string', () => super.text());
  }

  override nameList(): string[] {
    return this.#record('names', () => super.nameList());
  }

  override rest(): Uint8Array {
    return this.#record('rest', () => super.rest());
  }

  /** What is read in order to read something else is part of that. */
  #record<T>(type: SpanType, read: () => T): T {
    const start = this.offset;
    this.#depth += 1;
    try {
      return read();
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) this.spans.push({ type, start, end: this.offset });
    }
  }
}

/** The spans that `fields` find in `bytes` from `offset` on, up to a fault; `isWhole` if everything was read. */
export function readSpans(
  fields: Fields,
  bytes: Uint8Array,
  offset: number,
): { readonly spans: readonly Span[]; readonly isWhole: boolean } {
  const reader = new RecordingReader(bytes, offset);
  try {
    for (const field of Object.values(fields) as readonly Field<unknown>[]) field.read(reader);
    return { spans: reader.spans, isWhole: reader.remaining === 0 };
  } catch {
    return { spans: reader.spans, isWhole: false };
  }
}

/** The fields of a payload according to the row of its number that reads most of it, and those inside its open end. */
export function spansOf(payload: Uint8Array): readonly Span[] {
  const candidates = messagesWith(payload[0]).map((row) => readSpans(row.fields, payload, 1).spans);
  const spans = candidates.toSorted((a, b) => b.length - a.length)[0] ?? [];
  const last = spans.at(-1);
  if (last?.type !== 'rest' || last.start === last.end) return spans;
  const inner = tails
    .map(({ fields }) => readSpans(fields, payload, last.start))
    .filter(({ isWhole }) => isWhole)
    .flatMap((found) => found.spans);
  return [...spans, ...inner];
}
