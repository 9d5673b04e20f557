/** The one error this package throws: which step failed, why, and what to try next, on one line. */
import { EXIT, type ExitCode } from './exit-codes.js';

export type Step =
  | 'usage'
  | 'listen'
  | 'target'
  | 'name resolution'
  | 'TCP connect'
  | 'HTTP proxy'
  | 'TLS handshake'
  | 'WebSocket upgrade'
  | 'SSH identification'
  | 'SSH algorithms'
  | 'round trip'
  | 'link'
  | 'standard input or output';

export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly step: Step;
  readonly exitCode: ExitCode;
  readonly #detail: string;
  readonly #hint: string;

  /** @param detail what happened @param hint the next thing to try, as a sentence without a full stop */
  constructor(step: Step, exitCode: ExitCode, detail: string, hint: string, cause?: unknown) {
    super(printable(step === 'usage' ? `${detail}; ${hint}` : `${step} failed: ${detail}; ${hint}`), { cause });
    this.step = step;
    this.exitCode = exitCode;
    this.#detail = detail;
    this.#hint = hint;
  }

  /** The same error with the command to try next. */
  withNext(command: string): BridgeError {
    return new BridgeError(this.step, this.exitCode, this.#detail, `${this.#hint}; next: ${command}`, this.cause);
  }
}

/** A flag, a file or a value that cannot be used as it is. */
export function usageError(detail: string, hint: string, cause?: unknown): BridgeError {
  return new BridgeError('usage', EXIT.usage, detail, hint, cause);
}

/**
 * One line without control characters.
 *
 * Security: parts of a message come from the peer (a body line, a close reason) and end up on somebody's terminal.
 */
export function printable(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
}

/** The `code` of a Node system error, such as ECONNREFUSED. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
