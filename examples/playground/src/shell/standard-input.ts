/** All of stdin, for commands that cannot start with less. */
import type { CommandStreams } from '../commands/command.js';

/** In bytes; only `sink` and `sha256` accept more, as they stream it. */
const MAXIMUM_INPUT = 32 * 2 ** 20;

/** @throws Error if there is more than a shell accepts. */
export async function readAll(streams: Pick<CommandStreams, 'read'>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await streams.read(); chunk !== undefined; chunk = await streams.read()) {
    length += chunk.length;
    if (length > MAXIMUM_INPUT) throw new InputBoundError();
    chunks.push(chunk);
  }
  return concatenate(chunks);
}

export class InputBoundError extends Error {
  constructor() {
    super(`this shell takes ${MAXIMUM_INPUT / 2 ** 20} MiB of stdin at most`);
  }
}

export function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
