/** How a link ended, as an error that says what to try next. */
import { BridgeError, systemCode } from './bridge-error.js';
import { inWords } from './dial-failure.js';
import { EXIT } from './exit-codes.js';
import type { LinkEnd } from './link-end.js';
import { CLOSE_ABORTED } from './relay-v4/session.js';
import { CLOSE, SHUTTING_DOWN } from './websocket/close-codes.js';

/** Close codes that a few words can replace. */
const HOW: Readonly<Record<number, string>> = {
  [CLOSE.abnormal]: 'it broke off',
  [CLOSE.goingAway]: 'the server ended it',
  [CLOSE_ABORTED]: 'the server cut it off',
};

/** Undefined if it ended well. */
export function explainEnd(end: LinkEnd): BridgeError | undefined {
  switch (end.how) {
    case 'clean':
      return undefined;
    case 'failed':
      // The reader of our output is gone: ssh has ended, and there is nobody to tell.
      if (systemCode(end.error) === 'EPIPE') return undefined;
      if (end.error instanceof BridgeError) return end.error;
      return new BridgeError('link', EXIT.unavailable, inWords(end.error), 'connect again', end.error);
    case 'broken': {
      const said = end.reason === '' ? '' : `: ${end.reason}`;
      const detail = `${HOW[end.code] ?? `the server ended it with close code ${end.code}`}${said}`;
      if (end.code === CLOSE.policyViolation)
        return new BridgeError('link', EXIT.notAllowed, detail, 'check the path of the URL');
      const isLeaving = end.code === CLOSE.goingAway || end.reason === SHUTTING_DOWN;
      const hint = isLeaving ? 'connect again when it is back' : 'connect again, or look at the log of the server';
      return new BridgeError('link', EXIT.unavailable, detail, hint);
    }
  }
}
