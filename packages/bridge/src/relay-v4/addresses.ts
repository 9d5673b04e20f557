/** The addresses of SSH Relay v4. */

/** A path may stand before them; it names the target as it does alone. */
export const CONNECT_SUFFIX = '/v4/connect';
export const RECONNECT_SUFFIX = '/v4/reconnect';

/** The address for coming back to a session that began at `url`. */
export function reconnectUrl(url: URL, sid: string, received: number): URL {
  const next = new URL(url);
  const base = url.pathname.endsWith(CONNECT_SUFFIX) ? url.pathname.slice(0, -CONNECT_SUFFIX.length) : url.pathname;
  next.pathname = `${base.replace(/\/$/, '')}${RECONNECT_SUFFIX}`;
  next.searchParams.set('sid', sid);
  next.searchParams.set('ack', String(received));
  return next;
}
