/** Which target the path of a URL names (RFC 3986 §3.3): `/` and any name for the only one, `/HOST:PORT` for one of a list. */
import { formatDestination, parseHostPort, type Destination } from '../net/destination.js';
import type { AllowedDestinations } from './allowed-destinations.js';

export type Route =
  | { readonly kind: 'fixed'; readonly destination: Destination }
  | { readonly kind: 'named'; readonly destination: Extract<Destination, { kind: 'tcp' }> };

export interface Routes {
  /** The target of `--to`, which is always allowed. */
  readonly fixed: Destination | undefined;
  readonly allowed: AllowedDestinations;
}

/** Undefined for a path that names no target. */
export function route(path: string, { fixed, allowed }: Routes): Route | undefined {
  if (fixed !== undefined && (path === '/' || allowed.isEmpty)) return { kind: 'fixed', destination: fixed };
  const destination = parseHostPort(decode(path.slice(1)));
  if (destination === undefined) return undefined;
  if (fixed?.kind === 'tcp' && formatDestination(fixed) === formatDestination(destination)) {
    return { kind: 'fixed', destination: fixed };
  }
  return { kind: 'named', destination };
}

/** IPv6 in brackets has to be escaped in a path; what cannot be unescaped names nothing. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
