/** Adds the `doctor` command to failures that it can say more about. */
import { BridgeError, type Step } from '../bridge-error.js';

/** The steps that `doctor` can diagnose. */
const DOCTORS: readonly Step[] = [
  'name resolution',
  'TCP connect',
  'HTTP proxy',
  'TLS handshake',
  'WebSocket upgrade',
  'link',
];

/** @param command starts `doctor` */
export function referToDoctor(error: unknown, command: string): unknown {
  return error instanceof BridgeError && DOCTORS.includes(error.step) ? error.withNext(command) : error;
}

/** Security: leaves out user, password and query, where people put secrets. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
