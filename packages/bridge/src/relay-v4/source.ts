/** The source that an address belongs to, for counting visitors. */

/** An IPv4 address, or the /64 of an IPv6 one: one visitor may use as many addresses of it as it likes (RFC 6177 §2). */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}

/**
 * Who makes room where all places are taken: the last one of the source that has the most, so that a flood displaces itself.
 *
 * @param places in order of arrival
 * @param source of who arrives; undefined if unknown, which counts as one source
 * @returns undefined if `source` would then have as many as any
 */
export function displacedBy<T extends { readonly source: string | undefined }>(
  source: string | undefined,
  places: readonly T[],
): T | undefined {
  const counts = new Map<string | undefined, number>();
  for (const place of places) counts.set(place.source, (counts.get(place.source) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  if (most <= (counts.get(source) ?? 0) + 1) return undefined;
  return places.findLast((place) => counts.get(place.source) === most);
}
