/** RFC 9110 §5: what the hook `connection` learns about an upgrade: its header fields, within bounds, and its sender. */

import type { Peer } from '@nacre/core';

/** RFC 6585 §5: the status for a request with more. */
export const TOO_LARGE = 431;

/** How many fields, and how many characters in all names and values: as much as Node accepts. */
const MAXIMUM_FIELDS = 128;
const MAXIMUM_LENGTH = 16 * 1024;

/** Undefined if there are too many: a hook that saw only some of the fields could be fooled by the others. */
export function readHeaders(
  fields: Iterable<readonly [name: string, value: string]>,
): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>();
  let length = 0;
  let count = 0;
  for (const [name, value] of fields) {
    count += 1;
    length += name.length + value.length;
    if (count > MAXIMUM_FIELDS || length > MAXIMUM_LENGTH) return undefined;
    const lower = name.toLowerCase();
    const before = headers.get(lower);
    headers.set(lower, before === undefined ? value : `${before}${lower === 'cookie' ? '; ' : ', '}${value}`);
  }
  return headers;
}

/** Security: undefined if the application's function throws at an unexpected request, which must not end the process. */
export function tellPeer(tell: () => Peer): Peer | undefined {
  try {
    return tell();
  } catch {
    return undefined;
  }
}
