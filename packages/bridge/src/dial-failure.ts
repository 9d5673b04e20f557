/** What went wrong while dialling, in words: the step, the reason, the next thing to try. */
import type { IncomingMessage } from 'node:http';
import { BridgeError, systemCode, type Step } from './bridge-error.js';
import { EXIT } from './exit-codes.js';
import { andSaid } from './http/body-line.js';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the server',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is unreachable',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server did not answer',
  ETIMEDOUT: 'no answer',
  CERT_HAS_EXPIRED: 'the certificate of the server has expired',
  CERT_NOT_YET_VALID: 'the certificate of the server is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of the server is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate of the server is signed by an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate of the server is signed by an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the certificate of the server is signed by an authority that this machine does not know',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of the server is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there does not speak TLS',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server wants to see a certificate',
};

const HINTS: Readonly<Partial<Record<Step, string>>> = {
  'name resolution': 'check the spelling of the host and that this machine is online',
  'TCP connect': 'check that the server is running and that the port is right',
  'TLS handshake': 'check the certificate and the clock, or use ws:// if the server has no TLS',
  'WebSocket upgrade': 'check that this port speaks WebSocket, and ws:// against wss://',
};

/** For reasons that tell more than the step does. */
const REASON_HINTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'check the clock with: date, and have its operator renew it',
  CERT_NOT_YET_VALID: 'check the clock with: date',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'if it is yours, give it with --ca FILE',
  SELF_SIGNED_CERT_IN_CHAIN: 'give that authority with --ca FILE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'give that authority with --ca FILE',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'give that authority with --ca FILE',
  ERR_TLS_CERT_ALTNAME_INVALID: 'use the name that the certificate has',
  ERR_SSL_WRONG_VERSION_NUMBER: 'check the port, or use ws:// if the server has no TLS',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'give one with --cert and --key',
};

const STATUS_HINTS: Readonly<Record<number, string>> = {
  401: 'give a valid token with --token-file or SSH_BRIDGE_TOKEN',
  403: 'ask the operator to allow this client, or give a token with --token-file',
  404: 'check the path of the URL',
  421: 'use the host name that the server expects',
  426: 'check the path of the URL',
  429: 'wait a moment and try again',
};

export function explainConnectError(url: URL, step: Step, error: Error): BridgeError {
  // A TLS error during a write gets the code of a system error from Node.
  const code = error.message.includes('wrong version number') ? 'ERR_SSL_WRONG_VERSION_NUMBER' : systemCode(error);
  const failed = stepOf(code) ?? step;
  const reason = inWords(error, code);
  const exitCode =
    code === 'ETIMEDOUT' ? EXIT.timeout : failed === 'WebSocket upgrade' ? EXIT.refused : EXIT.unavailable;
  const hint = REASON_HINTS[code ?? ''] ?? HINTS[failed] ?? 'try again';
  return new BridgeError(failed, exitCode, `${url.host}: ${reason}`, hint, error);
}

/** A system error in words, for people who do not know its code. */
export function inWords(error: Error, code: string | undefined = systemCode(error)): string {
  return code !== undefined && code in REASONS
    ? `${REASONS[code]} (${code})`
    : error.message || code || 'unknown reason';
}

/** The step that the code alone tells, whichever event came last: a failed lookup, or an alert after a TLS 1.3 handshake. */
function stepOf(code: string | undefined): Step | undefined {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name resolution';
  return code?.startsWith('ERR_SSL_') === true ? 'TLS handshake' : undefined;
}

export function explainTimeout(url: URL, step: Step, timeout: number): BridgeError {
  return new BridgeError(
    step,
    EXIT.timeout,
    `${url.host}: no answer within ${timeout / 1000} s`,
    HINTS[step] ?? 'try again',
  );
}

/** The server answered with something other than 101. */
export class RefusedUpgrade extends BridgeError {
  readonly status: number;

  constructor(status: number, detail: string, hint: string) {
    super('WebSocket upgrade', EXIT.refused, detail, hint);
    this.status = status;
  }
}

export function explainRefusal(url: URL, response: IncomingMessage, bodyLine: string): RefusedUpgrade {
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  const hint =
    location === undefined
      ? (STATUS_HINTS[status] ?? 'check the URL and the log of the server')
      : // Security: the query may repeat secrets of our own URL.
        `the server sends you to ${location.split('?', 1)[0] ?? ''}`;
  return new RefusedUpgrade(
    status,
    `${url.host} answered HTTP ${status} ${response.statusMessage ?? ''}${andSaid(bodyLine)}`,
    hint,
  );
}
