/** ssh_config(5), PATTERNS, and CIDR notation (RFC 4632 §3.1): lists of addresses from which a key may be used. */
import { matchesPattern } from '../wire/wildcard.js';

/** Security: other software reads a number with a leading zero as octal, that is, as another address. */
const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;
const GROUPS = 8;
const IPV4_LENGTH = 4;
const IPV6_LENGTH = 16;
const BITS = 8;
/** RFC 4291 §2.5.5.2: an IPv4-mapped IPv6 address. */
const MAPPED_LENGTH = 12;
const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

interface Network {
  readonly address: Uint8Array;
  /** Significant bits. */
  readonly prefix: number;
}

/** The 4 or 16 bytes of an IP address; undefined for anything else. A mapped IPv4 address counts as IPv4. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  // RFC 4007 §11: a zone is this machine's name for an interface, not part of the address.
  const bytes = parseIpv6(text.replace(/%.*$/, ''));
  const isMapped = bytes !== undefined && MAPPED.every((byte, index) => bytes[index] === byte);
  return isMapped ? bytes.subarray(MAPPED_LENGTH) : bytes;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const numbers = IPV4.exec(text)?.slice(1).map(Number);
  return numbers?.every((number) => number < 256) === true ? Uint8Array.from(numbers) : undefined;
}

/** RFC 4291 §2.2. */
function parseIpv6(text: string): Uint8Array | undefined {
  const dotted = /^(.*:)([\d.]+)$/.exec(text);
  const last = dotted?.[2]?.includes('.') === true ? parseIpv4(dotted[2]) : undefined;
  if (last !== undefined) {
    const [a = 0, b = 0, c = 0, d = 0] = last;
    return parseIpv6(`${dotted![1]!}${((a << BITS) | b).toString(16)}:${((c << BITS) | d).toString(16)}`);
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  const numbers = groups.map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(numbers.flatMap((number) => [number >> BITS, number & 0xff]));
}

/** An address, with an optional prefix length after `/`; `malformed` if it only looks like one. */
function parseNetwork(text: string): Network | 'malformed' | undefined {
  const [, host = '', digits] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined) return digits === undefined ? undefined : 'malformed';
  if (digits === undefined) return { address, prefix: address.length * BITS };
  const isMapped = address.length === IPV4_LENGTH && host.includes(':');
  const prefix = Number(digits) - (isMapped ? MAPPED_LENGTH * BITS : 0);
  if (!/^\d{1,3}$/.test(digits) || prefix < 0 || prefix > address.length * BITS) return 'malformed';
  // As in OpenSSH: bits beyond the prefix suggest that something else was meant.
  const rest = address.map((byte, index) => byte & ~maskOf(prefix, index));
  return rest.every((byte) => byte === 0) ? { address, prefix } : 'malformed';
}

function maskOf(prefix: number, index: number): number {
  const bits = Math.min(Math.max(prefix - index * BITS, 0), BITS);
  return (0xff << (BITS - bits)) & 0xff;
}

function includes({ address, prefix }: Network, other: Uint8Array): boolean {
  return (
    address.length === other.length && address.every((byte, index) => byte === (other[index]! & maskOf(prefix, index)))
  );
}

/** Whether every entry of a certificate's `source-address` is a network, as required. */
export function isNetworkList(list: string): boolean {
  return list.split(',').every((entry) => typeof parseNetwork(entry) === 'object');
}

/**
 * Whether an address is in a list of networks, addresses and patterns; a match with `!` before it excludes the address.
 * Refuses anything but an address, and lists with a malformed network. Security: host names are not looked up, so they
 * match nothing.
 */
export function isPermittedSource(list: string, address: string): boolean {
  const bytes = parseAddress(address);
  if (bytes === undefined) return false;
  const text = shortest(bytes);
  let isPermitted = false;
  for (const entry of list.split(',').map((word) => word.trim())) {
    const isNegated = entry.startsWith('!');
    const pattern = isNegated ? entry.slice(1) : entry;
    const network = parseNetwork(pattern);
    if (network === 'malformed') return false;
    if (network === undefined ? !matchesPattern(pattern.toLowerCase(), text) : !includes(network, bytes)) continue;
    if (isNegated) return false;
    isPermitted = true;
  }
  return isPermitted;
}

/** RFC 5952 §4: the canonical text of an address, which patterns are matched against. */
function shortest(bytes: Uint8Array): string {
  if (bytes.length !== IPV6_LENGTH) return bytes.join('.');
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    ((bytes[2 * index]! << BITS) | bytes[2 * index + 1]!).toString(16),
  );
  const text = groups.join(':');
  // A run is more than its text, which may also be in the middle of groups such as `10:0`.
  const runs = [...text.matchAll(/\b0(?::0)+\b/g)];
  const [longest] = runs.toSorted((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return text;
  const { 0: zeros, index: start } = longest;
  return `${text.slice(0, start).replace(/:$/, '')}::${text.slice(start + zeros.length).replace(/^:/, '')}`;
}
