/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { decodeBase64, encodeBase64 } from '../crypto/base64.js';
import { equalBytes } from '../crypto/provider.js';
import { randomBytes } from '../crypto/random.js';
import { ConfigurationError } from '../errors.js';
import type { SkippedLine } from './authorized-keys.js';
import { formatPublicKey, keyTypeOf } from './public-key.js';
import { matchesPatternList } from '../wire/wildcard.js';

/**
 * What a known_hosts file says about a key. `changed`: the host is known, by other keys only, of whatever type: a man in the
 * middle may choose the type. `revoked` beats `trusted`.
 */
export type HostKeyTrust = 'trusted' | 'unknown' | 'changed' | 'revoked';

/** Judges a key by its blob; what `connect` takes as `verifyHostKey`. */
export type KnownHostVerifier = (key: { readonly blob: Uint8Array }) => HostKeyTrust;

interface Entry {
  readonly revoked: boolean;
  readonly matches: (name: string) => boolean;
  readonly type: string;
  readonly blob: Uint8Array;
}

export interface AddHostOptions {
  /** Writes a salted hash in the place of the name. */
  readonly hashed?: boolean;
  readonly comment?: string;
}

const DEFAULT_PORT = 22;
const SALT_LENGTH = 20;
const utf8 = new TextEncoder();

/** The name that stands for a host in the file: the port is part of it where it is not 22. */
function hostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === DEFAULT_PORT ? name : `[${name}]:${port}`;
}

/** `|1|base64 of a salt|base64 of HMAC-SHA1(salt, name)`. */
function hashName(name: string, salt: Uint8Array): string {
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

function readEntry(line: string): Entry | { readonly reason: string } {
  const [, marker, hosts, type, base64] = /^(?:(@\S+)\s+)?(\S+)\s+(\S+)\s+(\S+)/.exec(line) ?? [];
  if (hosts === undefined || type === undefined || base64 === undefined) {
    return { reason: 'a line is `hosts type base64 comment`' };
  }
  if (marker !== undefined && marker !== '@revoked')
    return { reason: `the marker ${marker.slice(0, 64)} is not supported` };
  const matches = hostMatcher(hosts);
  if (matches === undefined) return { reason: 'the hashed name is malformed' };
  const blob = decodeBase64(base64);
  if (blob === undefined || keyTypeOf(blob) !== type) return { reason: 'the key is malformed' };
  return { revoked: marker === '@revoked', matches, type, blob };
}

/** The text of a known_hosts file and what it says. Lines are kept as they are, also those that say nothing to us. */
export class KnownHosts {
  readonly skipped: readonly SkippedLine[];
  readonly #lines: string[];
  readonly #entries: Entry[] = [];

  constructor(text: string) {
    const skipped: SkippedLine[] = [];
    this.#lines = text.split(/\r?\n/);
    if (this.#lines.at(-1) === '') this.#lines.pop();
    for (const [index, raw] of this.#lines.entries()) {
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) continue;
      const entry = readEntry(line);
      if ('reason' in entry) skipped.push({ line: index + 1, reason: entry.reason });
      else this.#entries.push(entry);
    }
    this.skipped = skipped;
  }

  #entriesOf(host: string, port: number): readonly Entry[] {
    const name = hostName(host, port);
    return this.#entries.filter((entry) => entry.matches(name));
  }

  /** A verifier for one host; it knows what is added later, too. */
  verify(host: string, port: number = DEFAULT_PORT): KnownHostVerifier {
    return ({ blob: offered }) => {
      const entries = this.#entriesOf(host, port);
      const same = entries.filter(({ blob }) => equalBytes(blob, offered));
      if (same.some(({ revoked }) => revoked)) return 'revoked';
      if (same.length > 0) return 'trusted';
      return entries.some(({ revoked }) => !revoked) ? 'changed' : 'unknown';
    };
  }

  /** Types of the keys that the host is known by, so that a client asks for one of these first. */
  keyTypes(host: string, port: number = DEFAULT_PORT): readonly string[] {
    const entries = this.#entriesOf(host, port).filter(({ revoked }) => !revoked);
    return [...new Set(entries.map(({ type }) => type))];
  }

  /** Appends a line that trusts `key` (a blob) for the host. @throws ConfigurationError for a host or key that cannot stand in a line. */
  add(host: string, port: number, key: Uint8Array, { hashed = false, comment = '' }: AddHostOptions = {}): void {
    const type = keyTypeOf(key);
    if (type === undefined) throw new ConfigurationError('the host key is malformed');
    if (!/^[^\s,*?!|@#[\]]+$/.test(host)) throw new ConfigurationError('the host name cannot stand in known_hosts');
    const name = hostName(host, port);
    const hosts = hashed ? hashName(name, randomBytes(SALT_LENGTH)) : name;
    const line = `${hosts} ${formatPublicKey({ type, blob: key, comment })}`;
    this.#lines.push(line);
    this.#entries.push({ revoked: false, matches: (other) => other === name, type, blob: key.slice() });
  }

  /** The file's text. */
  format(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}

/** Reads the text of a known_hosts file. It never throws: lines that cannot be used are in `skipped`. */
export function parseKnownHosts(text: string): KnownHosts {
  return new KnownHosts(text);
}
