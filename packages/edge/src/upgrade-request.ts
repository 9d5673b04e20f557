/** RFC 9110 §5: what the hook `connection` is told of a request to upgrade: its header fields, within bounds, and who sent it. */

import type { Peer } from '@nacre/core';

/** RFC 6585 §5: what a request gets that has more. */
export const TOO_LARGE = 431;

/** Fields, and the characters of all names and values: as much as Node takes of a request. */
const MAXIMUM_FIELDS = 128;
const MAXIMUM_LENGTH = 16 * 1024;

/** Undefined where there is too much of them: a hook that sees some of the fields could be fooled by the others. */
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

/** Security: undefined where a request is not as the application expects it; what it throws would end the process, or tell of it. */
export function tellPeer(tell: () => Peer): Peer | undefined {
  try {
    return tell();
  } catch {
    return undefined;
  }
}
