/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
import { decodeCertificate } from '../algorithms/certificate.js';
import { equalBytes } from '../crypto/provider.js';
import { ConfigurationError, HostKeyError } from '../errors.js';
import type { SkippedLine } from './authorized-keys.js';
import { hostCertificateFault } from './certificates/check.js';
import { DEFAULT_PORT, hashName, hostName, readEntry, type Entry } from './known-hosts-entry.js';
import { formatPublicKey, keyTypeOf } from './public-key.js';

/**
 * What a known_hosts file says about a key. `changed`: the host is known only by other keys, of whatever type, since a
 * man in the middle may choose the type. `revoked` overrides `trusted`.
 */
export type HostKeyTrust = 'trusted' | 'unknown' | 'changed' | 'revoked';

/**
 * Judges a key by its blob; for `connect`'s `verifyHostKey`. Security: assumes that the client has verified the
 * authority's signature of a certificate.
 * @throws HostKeyError for a certificate of a trusted authority that is not valid for this host, here and now.
 */
export interface KnownHostVerifier {
  (key: { readonly blob: Uint8Array }): HostKeyTrust;
  /** Whether an authority is trusted for the host. */
  readonly takesCertificates: boolean;
  /** Of the keys that the host is known by, on this port or on port 22. */
  readonly keyTypes: readonly string[];
}

/** What a server's announcement changes. */
export interface HostKeyChange {
  /** Keys that the host has proven to hold, and was not known by. */
  readonly added: readonly Uint8Array[];
  /** Keys that it was known by and no longer has. */
  readonly removed: readonly Uint8Array[];
}

/** Where a client stores what it learns when a server announces its host keys; `KnownHosts.updates` creates one. */
export interface HostKeyUpdates {
  /** The keys that the host is known by, given those that it announces; undefined if nothing should change. */
  known(announced: readonly Uint8Array[]): readonly Uint8Array[] | undefined;
  /** Called at most once per connection. */
  update(change: HostKeyChange): void;
}

export interface AddHostOptions {
  /** Writes a salted hash instead of the name. */
  readonly hashed?: boolean;
  readonly comment?: string;
}

/** A line of the file; `entry` is its meaning, if it has any for us. */
interface Line {
  readonly text: string;
  readonly entry: Entry | undefined;
}

/** The text of a known_hosts file and its meaning. Lines are kept unchanged, even those that mean nothing to us. */
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

  /** The entries for a host; those for authorities only if `all` is set. */
  #entriesOf(host: string, port: number, all = false): readonly Entry[] {
    const name = hostName(host, port);
    const entries = this.#lines.flatMap(({ entry }) => entry ?? []);
    return entries.filter(({ marker, matches }) => (all || marker !== '@cert-authority') && matches(name));
  }

  /** A verifier for one host, which also sees keys added later. `now`, in ms since 1970, is for certificates. */
  verify(host: string, port: number = DEFAULT_PORT, now: () => number = Date.now): KnownHostVerifier {
    const verify = ({ blob }: { readonly blob: Uint8Array }): HostKeyTrust => {
      const certificate = decodeCertificate(blob);
      if (certificate === undefined) return this.#judge(host, port, blob);
      const { publicKey, signatureKey } = certificate;
      const keys = [blob, publicKey, signatureKey];
      // Security: what makes it trusted on all ports can be revoked for all ports.
      if (this.#marked('@revoked', host, port).some((entry) => includes(keys, entry.blob))) return 'revoked';
      // As in OpenSSH: if the authority is not listed, the plain key of the certificate is judged like any other.
      if (!this.#marked('@cert-authority', host, port).some((entry) => equalBytes(entry.blob, signatureKey)))
        return this.#judge(host, port, publicKey);
      const fault = hostCertificateFault(certificate, host.toLowerCase(), now());
      if (fault !== undefined) throw new HostKeyError(`the host key is not accepted: ${fault}`);
      return 'trusted';
    };
    const takesCertificates = this.#marked('@cert-authority', host, port).length > 0;
    const here = this.keyTypes(host, port);
    return Object.assign(verify, { takesCertificates, keyTypes: here.length > 0 ? here : this.keyTypes(host) });
  }

  #judge(host: string, port: number, key: Uint8Array): HostKeyTrust {
    const entries = this.#entriesOf(host, port);
    const same = entries.filter(({ blob }) => equalBytes(blob, key));
    if (same.some(({ marker }) => marker === '@revoked')) return 'revoked';
    if (same.length > 0) return 'trusted';
    if (entries.some(({ marker }) => marker === undefined)) return 'changed';
    if (port === DEFAULT_PORT) return 'unknown';
    // As in OpenSSH: a key of the host on its usual port is known on every port; another key there says nothing here.
    const usual = this.#judge(host, DEFAULT_PORT, key);
    return usual === 'changed' ? 'unknown' : usual;
  }

  /** As in OpenSSH: a host's authorities, and what is revoked of them, apply to all its ports. */
  #marked(marker: Entry['marker'], host: string, port: number): readonly Entry[] {
    const names = [hostName(host, port), hostName(host, DEFAULT_PORT)];
    const entries = this.#lines.flatMap(({ entry }) => entry ?? []);
    return entries.filter((entry) => entry.marker === marker && names.some(entry.matches));
  }

  /** The types of the keys that the host is known by: a client asks for these first. */
  keyTypes(host: string, port: number = DEFAULT_PORT): readonly string[] {
    const entries = this.#entriesOf(host, port).filter(({ marker }) => marker === undefined);
    return [...new Set(entries.map(({ type }) => type))];
  }

  /** Appends a line that trusts `key` (a blob) for the host. @throws ConfigurationError for a host or key that does not fit in a line. */
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

  /** Removes the lines that trust `key` for this host alone; all others stay unchanged. @returns how many were removed. */
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
   * Keeps the host's keys up to date while `verify(host, port)` trusts them, as OpenSSH's UpdateHostKeys does;
   * `changed` gets the new text. A line for a host and its address is removed with its old key, and new keys are added
   * for the host alone. Nothing changes if the host also has lines with more names, patterns or markers, or if its keys
   * appear in other lines: a program cannot know what those mean.
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

  /** Whether one of the keys appears in a line for other hosts. */
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

/** Reads the text of a known_hosts file. Never throws: lines that cannot be used are in `skipped`. */
export function parseKnownHosts(text: string): KnownHosts {
  return new KnownHosts(text);
}
