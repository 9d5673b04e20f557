/** `ssh-bridge proxy`: the link on standard input and output, as ssh's ProxyCommand wants it. */
import type { Readable, Writable } from 'node:stream';
import { BridgeError, systemCode } from './bridge-error.js';
import { inWords } from './dial-failure.js';
import { EXIT } from './exit-codes.js';
import type { LinkEnd } from './link-end.js';
import type { ByteStream } from './pump.js';
import { openLine, type LineOptions } from './resume/line.js';
import { CLOSE } from './websocket/frames.js';

export interface ProxyOptions extends LineOptions {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Resolves when the link has ended cleanly and everything was delivered.
 *
 * @throws BridgeError when it could not be made or broke
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

function explainEnd(end: LinkEnd): BridgeError | undefined {
  switch (end.how) {
    case 'clean':
      return undefined;
    case 'failed':
      // The reader of our output is gone: ssh has ended and there is nobody to complain to.
      if (systemCode(end.error) === 'EPIPE') return undefined;
      if (end.error instanceof BridgeError) return end.error;
      return new BridgeError('link', EXIT.unavailable, inWords(end.error), 'connect again', end.error);
    case 'broken': {
      const said = end.reason === '' ? '' : `: ${end.reason}`;
      const exitCode = end.code === CLOSE.policyViolation ? EXIT.notAllowed : EXIT.unavailable;
      const how = end.code === CLOSE.abnormal ? 'it broke off' : `the server ended it with close code ${end.code}`;
      return new BridgeError('link', exitCode, `${how}${said}`, 'connect again, or look at the log of the server');
    }
  }
}
