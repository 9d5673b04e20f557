/** The system command to try next: it shows more about a failed step than we can. */
import { isIP } from 'node:net';
import { hostOf, isLoopback, portOf } from '../address.js';
import type { Step } from '../bridge-error.js';
import { shellWord } from '../cli/own-command.js';

/** Undefined if there is none. */
export function nextCommand(step: Step, url: URL): string | undefined {
  const [host, port] = [hostOf(url), portOf(url)];
  // Security: leaves out user, password and query, where people put secrets.
  const page = `${url.protocol === 'wss:' ? 'https' : 'http'}://${url.host}${url.pathname}`;
  switch (step) {
    case 'name resolution':
      return `getent hosts ${shellWord(host)}`;
    case 'TCP connect':
      return isLoopback(host) ? `ss -ltn 'sport = :${port}'` : `curl -v ${shellWord(page)}`;
    case 'TLS handshake':
      // RFC 6066 §3: an IP address is not a server name.
      return `openssl s_client -connect ${shellWord(`${url.hostname}:${port}`)}${isIP(host) === 0 ? '' : ' -noservername'}`;
    case 'HTTP proxy':
    case 'WebSocket upgrade':
      return `curl -v ${shellWord(page)}`;
    case 'SSH identification':
      return 'ss -ltn, on the server';
    default:
      return undefined;
  }
}
