/** How a link ended, as an error with what to try next. */
import { BridgeError, systemCode } from './bridge-error.js';
import { inWords } from './dial-failure.js';
import { EXIT } from './exit-codes.js';
import type { LinkEnd } from './link-end.js';
import { CLOSE } from './websocket/close-codes.js';

/** Undefined where it ended well. */
export function explainEnd(end: LinkEnd): BridgeError | undefined {
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
      const isRefused = end.code === CLOSE.policyViolation;
      const how = end.code === CLOSE.abnormal ? 'it broke off' : `the server ended it with close code ${end.code}`;
      return isRefused
        ? new BridgeError('link', EXIT.notAllowed, `${how}${said}`, 'check the path of the URL')
        : new BridgeError('link', EXIT.unavailable, `${how}${said}`, 'connect again, or look at the log of the server');
    }
  }
}
