/** The addresses of SSH Relay v4. */

/** A path before the suffix names the target as it would on its own. */
export const CONNECT_SUFFIX = '/v4/connect';
export const RECONNECT_SUFFIX = '/v4/reconnect';

/** The address at which a client reconnects to a session that began at `url`. */
export function reconnectUrl(url: URL, sid: string, received: number): URL {
  const next = new URL(url);
  const base = url.pathname.endsWith(CONNECT_SUFFIX) ? url.pathname.slice(0, -CONNECT_SUFFIX.length) : url.pathname;
  next.pathname = `${base.replace(/\/$/, '')}${RECONNECT_SUFFIX}`;
  next.searchParams.set('sid', sid);
  next.searchParams.set('ack', String(received));
  return next;
}
