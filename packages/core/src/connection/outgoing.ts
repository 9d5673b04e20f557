/** RFC 4254 §5: what waits to be sent on a channel, in order. */
import { byte, string, text, uint32 } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { Writer } from '../wire/writer.js';

/** Data, or what must stay behind the data before it: a request (its fields in `data`), EOF, CLOSE. */
export interface Outgoing {
  readonly kind: (typeof KINDS)[number];
  readonly type?: string;
  readonly data?: Uint8Array;
  readonly code?: number;
  /** Of a request; no snapshot is taken while its reply is awaited. */
  readonly wantReply?: boolean;
}

export const KINDS = ['data', 'request', 'eof', 'close'] as const;
/** An entry in a snapshot. */
export const outgoingState = /* @__PURE__ */ record({ kind: byte, type: text, data: string, code: uint32 });

/** JavaScript has no types: anything else would fail where it is sent, outside of its writer. @throws TypeError */
export function assertBytes(data: Uint8Array): void {
  if (!ArrayBuffer.isView(data) || data.BYTES_PER_ELEMENT !== 1) throw new TypeError('write takes a Uint8Array');
}

/** The queue with adjacent data of the same kind merged, so that a snapshot of many small writes stays small. */
export function joined(queue: readonly Outgoing[]): readonly Outgoing[] {
  const runs: { readonly first: Outgoing; readonly writer: Writer }[] = [];
  for (const item of queue) {
    const last = runs.at(-1);
    const continues = item.kind === 'data' && last?.first.kind === 'data' && last.first.code === item.code;
    const writer = continues ? last.writer : new Writer(item.data?.length ?? 0);
    writer.fixed(item.data ?? new Uint8Array(0));
    if (!continues) runs.push({ first: item, writer });
  }
  return runs.map(({ first, writer }) => ({ ...first, data: writer.written() }));
}
