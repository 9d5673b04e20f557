/** What shows more of a step that has failed than we can: a command of the system, to be tried next. */
import { isIP } from 'node:net';
import type { Step } from '../bridge-error.js';
import { shellWord } from '../cli/own-command.js';

const HTTPS_PORT = 443;
const HTTP_PORT = 80;

/** Undefined where there is none. */
export function nextCommand(step: Step, url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isSecure = url.protocol === 'wss:';
  const port = url.port || String(isSecure ? HTTPS_PORT : HTTP_PORT);
  // Security: without user, password and query, where people put secrets.
  const page = `${isSecure ? 'https' : 'http'}://${url.host}${url.pathname}`;
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

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
