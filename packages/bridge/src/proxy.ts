/** `ssh-bridge proxy`: the link on standard input and output, as ssh's ProxyCommand wants it. */
import type { Readable, Writable } from 'node:stream';
import { BridgeError, systemCode } from './bridge-error.js';
import { dial, type DialOptions } from './dial.js';
import { EXIT } from './exit-codes.js';
import { pump, type ByteStream, type LinkEnd } from './pump.js';

export interface ProxyOptions extends DialOptions {
  readonly input: Readable;
  readonly output: Writable;
}

const CLOSE_POLICY = 1008;

/**
 * Resolves when the link has ended cleanly and everything was delivered.
 *
 * @throws BridgeError when it could not be made or broke
 */
export async function proxy(options: ProxyOptions): Promise<void> {
  const link = await dial(options);
  const end = await pump(link, stdioStream(options.input, options.output), options.signal);
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

function explainEnd(end: LinkEnd): BridgeError | undefined {
  switch (end.how) {
    case 'clean':
      return undefined;
    case 'failed':
      // The reader of our output is gone: ssh has ended and there is nobody to complain to.
      if (systemCode(end.error) === 'EPIPE') return undefined;
      return new BridgeError('link', EXIT.unavailable, end.error.message, 'connect again', end.error);
    case 'broken': {
      const said = end.reason === '' ? '' : `: ${end.reason}`;
      const exitCode = end.code === CLOSE_POLICY ? EXIT.notAllowed : EXIT.unavailable;
      return new BridgeError(
        'link',
        exitCode,
        `the server ended it with close code ${end.code}${said}`,
        'connect again, or look at the log of the server',
      );
    }
  }
}
