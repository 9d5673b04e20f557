/** Which target the path of a URL names (RFC 3986 §3.3): any path if there is only one target, else `/` or `/HOST:PORT`. */
import { formatDestination, parseHostPort, type Destination, type TcpDestination } from '../net/destination.js';
import type { AllowedDestinations } from './allowed-destinations.js';

export type Route =
  | { readonly kind: 'fixed'; readonly destination: Destination }
  | { readonly kind: 'named'; readonly destination: TcpDestination };

export interface Routes {
  /** The target of `--to`, which is always allowed. */
  readonly fixed: Destination | undefined;
  readonly allowed: AllowedDestinations;
}

/** Undefined for a path that names no target. */
export function route(path: string, { fixed, allowed }: Routes): Route | undefined {
  if (fixed !== undefined && (path === '/' || allowed.isEmpty)) return { kind: 'fixed', destination: fixed };
  const text = decode(path.slice(1));
  const destination = parseHostPort(text) ?? oddDestination(text);
  if (destination === undefined) return undefined;
  if (fixed?.kind === 'tcp' && formatDestination(fixed) === formatDestination(destination)) {
    return { kind: 'fixed', destination: fixed };
  }
  return { kind: 'named', destination };
}

/** Other ways to write an address, such as `0177.0.0.1:22`, which no list can allow: a target, so that the policy refuses it. */
function oddDestination(text: string): TcpDestination | undefined {
  const [, host, port] = /^([\w.-]{1,253}):(\d{1,5})$/.exec(text) ?? [];
  return host === undefined ? undefined : { kind: 'tcp', host, port: Number(port) };
}

/** IPv6 in brackets has to be escaped in a path; text that cannot be unescaped names nothing. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
