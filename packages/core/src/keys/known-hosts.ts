/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
import { decodeCertificate } from '../algorithms/certificate.js';
import { equalBytes } from '../crypto/provider.js';
import { ConfigurationError, HostKeyError } from '../errors.js';
import type { SkippedLine } from './authorized-keys.js';
import { hostCertificateFault } from './certificates/check.js';
import { DEFAULT_PORT, hashName, hostName, readEntry, type Entry } from './known-hosts-entry.js';
import { formatPublicKey, keyTypeOf } from './public-key.js';

/**
 * What a known_hosts file says about a key. `changed`: the host is known, by other keys only, of whatever type: a man in the
 * middle may choose the type. `revoked` beats `trusted`.
 */
export type HostKeyTrust = 'trusted' | 'unknown' | 'changed' | 'revoked';

/**
 * Judges a key by its blob; what `connect` takes as `verifyHostKey`. Security: of a certificate it is taken that its authority's
 * signature holds, which the client has seen to.
 * @throws HostKeyError for a certificate of an authority that is trusted, where it is not good for this host, here and now.
 */
export interface KnownHostVerifier {
  (key: { readonly blob: Uint8Array }): HostKeyTrust;
  /** Whether an authority is trusted for the host. */
  readonly takesCertificates: boolean;
}

/** What a server's announcement changes. */
export interface HostKeyChange {
  /** Keys that the host has proven to have, and was not known by. */
  readonly added: readonly Uint8Array[];
  /** Keys that it was known by and has no more. */
  readonly removed: readonly Uint8Array[];
}

/** Where a client keeps what it learns from a server that announces its host keys; `KnownHosts.updates` makes one. */
export interface HostKeyUpdates {
  /** The keys that the host is known by, given those that it announces; undefined where nothing shall change. */
  known(announced: readonly Uint8Array[]): readonly Uint8Array[] | undefined;
  /** Called once at most on a connection. */
  update(change: HostKeyChange): void;
}

export interface AddHostOptions {
  /** Writes a salted hash in the place of the name. */
  readonly hashed?: boolean;
  readonly comment?: string;
}

/** A line of the file; `entry` is what it says, if it says something to us. */
interface Line {
  readonly text: string;
  readonly entry: Entry | undefined;
}

/** The text of a known_hosts file and what it says. Lines are kept as they are, also those that say nothing to us. */
export class KnownHosts {
  readonly skipped: readonly SkippedLine[];
  #lines: Line[] = [];

  constructor(text: string) {
    const skipped: SkippedLine[] = [];
    const lines = text.split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    for (const [index, raw] of lines.entries()) {
      const line = raw.trim();
      const isEmpty = line === '' || line.startsWith('#');
      const entry = isEmpty ? undefined : readEntry(line);
      const isEntry = entry !== undefined && !('reason' in entry);
      if (!isEntry && entry !== undefined) skipped.push({ line: index + 1, reason: entry.reason });
      this.#lines.push({ text: raw, entry: isEntry ? entry : undefined });
    }
    this.skipped = skipped;
  }

  /** What is said about a host; of authorities only where `all` is asked for. */
  #entriesOf(host: string, port: number, all = false): readonly Entry[] {
    const name = hostName(host, port);
    const entries = this.#lines.flatMap(({ entry }) => entry ?? []);
    return entries.filter(({ marker, matches }) => (all || marker !== '@cert-authority') && matches(name));
  }

  /** A verifier for one host; it knows keys that are added later, too. `now`, in ms since 1970, is for certificates. */
  verify(host: string, port: number = DEFAULT_PORT, now: () => number = Date.now): KnownHostVerifier {
    const verify = ({ blob }: { readonly blob: Uint8Array }): HostKeyTrust => {
      const certificate = decodeCertificate(blob);
      if (certificate === undefined) return this.#judge(host, port, blob);
      const { publicKey, signatureKey } = certificate;
      const keys = [blob, publicKey, signatureKey];
      if (this.#entriesOf(host, port).some((entry) => entry.marker === '@revoked' && includes(keys, entry.blob)))
        return 'revoked';
      // As OpenSSH: where the authority says nothing to us, it is a key as any other.
      if (!this.#authoritiesOf(host, port).some((entry) => equalBytes(entry.blob, signatureKey)))
        return this.#judge(host, port, publicKey);
      const fault = hostCertificateFault(certificate, host.toLowerCase(), now());
      if (fault !== undefined) throw new HostKeyError(fault);
      return 'trusted';
    };
    return Object.assign(verify, { takesCertificates: this.#authoritiesOf(host, port).length > 0 });
  }

  #judge(host: string, port: number, key: Uint8Array): HostKeyTrust {
    const entries = this.#entriesOf(host, port);
    const same = entries.filter(({ blob }) => equalBytes(blob, key));
    if (same.some(({ marker }) => marker === '@revoked')) return 'revoked';
    if (same.length > 0) return 'trusted';
    return entries.some(({ marker }) => marker === undefined) ? 'changed' : 'unknown';
  }

  /** As OpenSSH: authorities of the host are its authorities on every port. */
  #authoritiesOf(host: string, port: number): readonly Entry[] {
    const names = [hostName(host, port), hostName(host, DEFAULT_PORT)];
    const entries = this.#lines.flatMap(({ entry }) => entry ?? []);
    return entries.filter(({ marker, matches }) => marker === '@cert-authority' && names.some(matches));
  }

  /** Types of the keys that the host is known by, so that a client asks for one of these first. */
  keyTypes(host: string, port: number = DEFAULT_PORT): readonly string[] {
    const entries = this.#entriesOf(host, port).filter(({ marker }) => marker === undefined);
    return [...new Set(entries.map(({ type }) => type))];
  }

  /** Appends a line that trusts `key` (a blob) for the host. @throws ConfigurationError for a host or key that cannot stand in a line. */
  add(host: string, port: number, key: Uint8Array, { hashed = false, comment = '' }: AddHostOptions = {}): void {
    const type = keyTypeOf(key);
    if (type === undefined) throw new ConfigurationError('the host key is malformed');
    if (!/^[^\s,*?!|@#[\]]+$/.test(host)) throw new ConfigurationError('the host name cannot stand in known_hosts');
    const name = hostName(host, port);
    const text = `${hashed ? hashName(name) : name} ${formatPublicKey({ type, blob: key, comment })}`;
    const matches = (other: string): boolean => other === name;
    const entry: Entry = {
      marker: undefined,
      matches,
      isSimple: true,
      isPair: false,
      isHashed: hashed,
      type,
      blob: key.slice(),
    };
    this.#lines.push({ text, entry });
  }

  /** Takes out the lines that trust `key` for this host alone; all others stay as they are. @returns how many there were. */
  remove(host: string, port: number, key: Uint8Array): number {
    return this.#remove(host, port, key, ({ isSimple }) => isSimple);
  }

  #remove(host: string, port: number, key: Uint8Array, mayGo: (entry: Entry) => boolean): number {
    const name = hostName(host, port);
    const isMeant = ({ entry }: Line): boolean =>
      entry !== undefined && mayGo(entry) && entry.matches(name) && equalBytes(entry.blob, key);
    const before = this.#lines.length;
    this.#lines = this.#lines.filter((line) => !isMeant(line));
    return before - this.#lines.length;
  }

  /**
   * Keeps the host's keys up to date while `verify(host, port)` trusts them, as OpenSSH's UpdateHostKeys does; `changed` gets
   * the new text. A line for a host and its address goes with its old key, and new keys are the host's alone. Left alone are hosts with
   * lines for more names, patterns or markers, and keys that stand in other lines as well: which is meant, a program cannot know.
   */
  updates(host: string, port: number, changed: (text: string) => void): HostKeyUpdates {
    return {
      known: (announced) => {
        const entries = this.#entriesOf(host, port, true);
        const blobs = entries.map(({ blob }) => blob);
        const isShared = this.#isElsewhere(host, port, [...announced, ...blobs]);
        return entries.every(isOurs) && !isShared ? blobs : undefined;
      },
      update: ({ added, removed }) => {
        const entries = this.#entriesOf(host, port);
        const hashed = entries.length > 0 && entries.every(({ isHashed }) => isHashed);
        for (const key of added) this.add(host, port, key, { hashed });
        for (const key of removed) this.#remove(host, port, key, isOurs);
        changed(this.format());
      },
    };
  }

  /** Whether a key stands in a line for other hosts. */
  #isElsewhere(host: string, port: number, keys: readonly Uint8Array[]): boolean {
    const name = hostName(host, port);
    return this.#lines.some(
      ({ entry }) => entry && !entry.matches(name) && keys.some((key) => equalBytes(key, entry.blob)),
    );
  }

  /** The file's text. */
  format(): string {
    return this.#lines.map(({ text }) => `${text}\n`).join('');
  }
}

function isOurs({ isSimple, isPair }: Entry): boolean {
  return isSimple || isPair;
}

function includes(blobs: readonly Uint8Array[], blob: Uint8Array): boolean {
  return blobs.some((other) => equalBytes(other, blob));
}

/** Reads the text of a known_hosts file. It never throws: lines that cannot be used are in `skipped`. */
export function parseKnownHosts(text: string): KnownHosts {
  return new KnownHosts(text);
}
