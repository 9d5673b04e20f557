/** Which of a server's host keys a client asks for, by OpenSSH's rules (`order_hostkeyalgs`). */
import type { OfferedAlgorithms } from '../algorithms/offer.js';

/**
 * Puts the algorithms for keys of `keyTypes` first. Otherwise a host that is known by one key would show another one,
 * and look like a man in the middle. An application's own order stays: `list` is its option `hostKeys`.
 */
export function knownKeysFirst(
  { tables, offer }: OfferedAlgorithms,
  keyTypes: readonly string[],
  list: string | undefined,
): OfferedAlgorithms {
  if (list !== undefined && !/^[-+]/.test(list)) return { tables, offer };
  const isKnown = (name: string): boolean => keyTypes.includes(tables.signatures[name]?.keyType ?? '');
  const known = offer.hostKeys.filter(isKnown);
  return { tables, offer: { ...offer, hostKeys: [...new Set([...known, ...offer.hostKeys])] } };
}
