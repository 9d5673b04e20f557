/** Failures that `doctor` can say more of get the command that asks it. */
import { BridgeError, type Step } from '../bridge-error.js';

/** The steps that it takes as well. */
const DOCTORS: readonly Step[] = [
  'name resolution',
  'TCP connect',
  'HTTP proxy',
  'TLS handshake',
  'WebSocket upgrade',
  'link',
];

/** @param command starts it */
export function referToDoctor(error: unknown, command: string): unknown {
  return error instanceof BridgeError && DOCTORS.includes(error.step) ? error.withNext(command) : error;
}

/** Security: without the query, where people put secrets. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
