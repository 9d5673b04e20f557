/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: one line. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { decodeBase64, encodeBase64 } from '../crypto/base64.js';
import { randomBytes } from '../crypto/random.js';
import { keyTypeOf } from './public-key.js';
import { matchesPatternList } from '../wire/wildcard.js';

/** One key and the hosts that it belongs to. */
export interface Entry {
  readonly marker: '@revoked' | '@cert-authority' | undefined;
  readonly matches: (name: string) => boolean;
  /** Whether the line has a single name and nothing else, so that a program may remove it. */
  readonly isSimple: boolean;
  /** Whether the line has two names, a host and its address, as OpenSSH wrote before 8.5. */
  readonly isPair: boolean;
  readonly isHashed: boolean;
  readonly type: string;
  readonly blob: Uint8Array;
}

export const DEFAULT_PORT = 22;
const SALT_LENGTH = 20;
const utf8 = new TextEncoder();

/** The name of a host in the file; it includes the port unless that is 22. */
export function hostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === DEFAULT_PORT ? name : `[${name}]:${port}`;
}

/** `|1|base64 of a salt|base64 of HMAC-SHA1(salt, name)`. */
export function hashName(name: string, salt: Uint8Array = randomBytes(SALT_LENGTH)): string {
  return `|1|${encodeBase64(salt)}|${encodeBase64(hmac(sha1, salt, utf8.encode(name)))}`;
}

function hostMatcher(hosts: string): Entry['matches'] | undefined {
  if (!hosts.startsWith('|')) {
    const patterns = hosts.toLowerCase().split(',');
    return (name) => matchesPatternList(patterns, name);
  }
  const [, version, salt = '', hash] = hosts.split('|');
  const saltBytes = decodeBase64(salt);
  if (version !== '1' || saltBytes === undefined || hash === undefined) return undefined;
  return (name) => hashName(name, saltBytes) === hosts;
}

/** Reads a line that is neither empty nor a comment. */
export function readEntry(line: string): Entry | { readonly reason: string } {
  const [, marker, hosts, type, base64] = /^(?:(@\S+)\s+)?(\S+)\s+(\S+)\s+(\S+)/.exec(line) ?? [];
  if (hosts === undefined || type === undefined || base64 === undefined) {
    return { reason: 'a line is `hosts type base64 comment`' };
  }
  if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority')
    return { reason: `the marker ${marker.slice(0, 64)} is not supported` };
  const matches = hostMatcher(hosts);
  if (matches === undefined) return { reason: 'the hashed name is malformed' };
  const blob = decodeBase64(base64);
  if (blob === undefined || keyTypeOf(blob) !== type) return { reason: 'the key is malformed' };
  const isPlain = marker === undefined && !/[*?!]/.test(hosts);
  const commas = hosts.split(',').length - 1;
  return {
    marker,
    matches,
    isSimple: isPlain && commas === 0,
    isPair: isPlain && commas === 1,
    isHashed: hosts.startsWith('|'),
    type,
    blob,
  };
}
