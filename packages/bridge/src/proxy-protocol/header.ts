/** The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt §2): names the client behind a load balancer. */
import { isIP, isIPv4 } from 'node:net';
import type { Visitor } from '../net/visitors.js';

export const PROXY_VERSIONS = ['v1', 'v2'] as const;
export type ProxyVersion = (typeof PROXY_VERSIONS)[number];

/** `visitor` is undefined if the load balancer speaks for itself, as in health checks. */
export type ParsedHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'complete'; readonly length: number; readonly visitor: Visitor | undefined };

/** §2.2: no other protocol begins with this. */
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** §2.1: the longest line of version 1, in bytes. */
const MAX_LINE = 107;
/** §2.2: signature, version and command, family, length. */
const FIXED_LENGTH = 16;
/** Addresses and what a load balancer adds to them, in bytes; more than any sends. */
const MAX_VARIABLE_LENGTH = 1_024;
const VERSION_2 = 0x20;
const COMMAND_LOCAL = 0;
const COMMAND_PROXY = 1;
/** Family and transport: TCP over IPv4, TCP over IPv6. */
const TCP4 = 0x11;
const TCP6 = 0x21;
const UNSPECIFIED = 0x00;
const IPV4_LENGTH = 4;
const IPV6_LENGTH = 16;

const MALFORMED = { kind: 'malformed' } as const;
const INCOMPLETE = { kind: 'incomplete' } as const;

/** Reads the header at the start of `bytes`, of either version. */
export function parseProxyHeader(bytes: Buffer): ParsedHeader {
  const start = bytes.subarray(0, SIGNATURE.length);
  if (start.equals(SIGNATURE.subarray(0, start.length))) {
    return start.length < SIGNATURE.length ? INCOMPLETE : parseBinary(bytes);
  }
  return parseLine(bytes);
}

function parseLine(bytes: Buffer): ParsedHeader {
  const prefix = Buffer.from('PROXY ');
  const start = bytes.subarray(0, prefix.length);
  if (!start.equals(prefix.subarray(0, start.length))) return MALFORMED;
  const end = bytes.subarray(0, MAX_LINE).indexOf('\r\n');
  if (end < 0) return bytes.length < MAX_LINE ? INCOMPLETE : MALFORMED;
  const [, family, source = '', destination = '', port = '', ...rest] = bytes.toString('latin1', 0, end).split(' ');
  const length = end + 2;
  if (family === 'UNKNOWN') return { kind: 'complete', length, visitor: undefined };
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : undefined;
  const isValid =
    version !== undefined &&
    isIP(source) === version &&
    isIP(destination) === version &&
    rest.length === 1 &&
    [port, rest[0] ?? ''].every((each) => /^(?:0|[1-9]\d{0,4})$/.test(each) && Number(each) <= 65_535);
  return isValid ? { kind: 'complete', length, visitor: { address: source, port: Number(port) } } : MALFORMED;
}

function parseBinary(bytes: Buffer): ParsedHeader {
  if (bytes.length < FIXED_LENGTH) return INCOMPLETE;
  const command = bytes.readUInt8(12) - VERSION_2;
  const family = bytes.readUInt8(13);
  const variable = bytes.readUInt16BE(14);
  if (variable > MAX_VARIABLE_LENGTH || (command !== COMMAND_LOCAL && command !== COMMAND_PROXY)) return MALFORMED;
  const length = FIXED_LENGTH + variable;
  if (bytes.length < length) return INCOMPLETE;
  if (command === COMMAND_LOCAL || family === UNSPECIFIED) return { kind: 'complete', length, visitor: undefined };
  const size = family === TCP4 ? IPV4_LENGTH : family === TCP6 ? IPV6_LENGTH : undefined;
  if (size === undefined || variable < 2 * size + 4) return MALFORMED;
  const address = formatAddressBytes(bytes.subarray(FIXED_LENGTH, FIXED_LENGTH + size));
  return { kind: 'complete', length, visitor: { address, port: bytes.readUInt16BE(FIXED_LENGTH + 2 * size) } };
}

/** A header for a connection from `source` to `destination`; without addresses unless both are IP addresses. */
export function encodeProxyHeader(version: ProxyVersion, source: Visitor, destination: Visitor): Buffer {
  const families = [isIP(source.address), isIP(destination.address)];
  const isKnown = families.every((family) => family !== 0);
  const isFour = families.every((family) => family === 4);
  if (version === 'v1') {
    if (!isKnown) return Buffer.from('PROXY UNKNOWN\r\n');
    const [from, to] = [source, destination].map(({ address }) => (isFour ? address : asIpv6(address)));
    return Buffer.from(`PROXY TCP${isFour ? 4 : 6} ${from} ${to} ${source.port} ${destination.port}\r\n`);
  }
  const head = (family: number, length: number): Buffer =>
    Buffer.concat([SIGNATURE, Buffer.from([VERSION_2 | COMMAND_PROXY, family, length >> 8, length & 0xff])]);
  if (!isKnown) return head(UNSPECIFIED, 0);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, 2);
  const addresses = [source, destination].map(({ address }) => encodeAddress(isFour ? address : asIpv6(address)));
  const body = Buffer.concat([...addresses, ports]);
  return Buffer.concat([head(isFour ? TCP4 : TCP6, body.length), body]);
}

function asIpv6(address: string): string {
  return isIPv4(address) ? `::ffff:${address}` : (address.split('%', 1)[0] ?? address);
}

function encodeAddress(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // The platform parses every way to write IPv6 (RFC 4291 §2.2), and a URL normalizes it.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const groups = (part: string | undefined): readonly string[] => (part ? part.split(':') : []);
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [
    ...groups(head),
    ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'),
    ...groups(tail),
  ];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function formatAddressBytes(bytes: Buffer): string {
  if (bytes.length === IPV4_LENGTH) return [...bytes].join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
