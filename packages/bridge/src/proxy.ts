/** `ssh-bridge proxy`: a link on standard input and output, as ssh's ProxyCommand expects. */
import type { Readable, Writable } from 'node:stream';
import { explainEnd } from './explain-end.js';
import type { ByteStream } from './pump.js';
import { openLine, type LineOptions } from './resume/line.js';

export interface ProxyOptions extends LineOptions {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Resolves when the link has ended cleanly and everything has been delivered.
 *
 * @throws BridgeError if the link could not be made, or broke
 */
export async function proxy(options: ProxyOptions): Promise<void> {
  const line = await openLine(options);
  const end = await line.carry(stdioStream(options.input, options.output));
  const error = explainEnd(end);
  if (error) throw error;
}

function stdioStream(input: Readable, output: Writable): ByteStream {
  return {
    input,
    output,
    finish: () => new Promise((resolve) => void output.end(() => resolve())),
    // The process exits with an error code; its streams need no other sign.
    abort: () => void input.pause(),
  };
}
