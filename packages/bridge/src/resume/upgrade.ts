/** Resuming in an upgrade: the addresses of SSH Relay v4, and the header field that asks for it at plain ones. */
import type { IncomingMessage } from 'node:http';
import { formatHost } from '../address.js';
import type { Denial } from '../http/access.js';
import { CONNECT_SUFFIX, RECONNECT_SUFFIX } from '../relay-v4/addresses.js';
import { readReconnect, RESUME_HEADER, RESUME_VERSION } from '../relay-v4/relay-names.js';

export type ResumeRequest =
  | { readonly kind: 'plain'; readonly path: string }
  | { readonly kind: 'connect'; readonly path: string; readonly byHeader: boolean }
  | { readonly kind: 'reconnect'; readonly path: string; readonly sid: string; readonly received: number };

export function readResumeRequest(request: IncomingMessage): ResumeRequest | Denial {
  const [address = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
  const words = new URLSearchParams(query);
  if (address.endsWith(CONNECT_SUFFIX)) {
    return { kind: 'connect', path: targetPath(address.slice(0, -CONNECT_SUFFIX.length), words), byHeader: false };
  }
  if (address.endsWith(RECONNECT_SUFFIX)) {
    const reached = readReconnect(words);
    if (reached === undefined) return { status: 400, message: 'a reconnect needs sid and ack' };
    return { kind: 'reconnect', path: targetPath(address.slice(0, -RECONNECT_SUFFIX.length), words), ...reached };
  }
  if (request.headers[RESUME_HEADER] === RESUME_VERSION) return { kind: 'connect', path: address, byHeader: true };
  return { kind: 'plain', path: address };
}

/** The protocol's own way to name a target is `host` and `port` in the query. */
function targetPath(before: string, words: URLSearchParams): string {
  const [host, port] = [words.get('host'), words.get('port')];
  if (before !== '' || host === null || port === null) return before === '' ? '/' : before;
  return `/${encodeURIComponent(`${formatHost(host)}:${port}`)}`;
}
