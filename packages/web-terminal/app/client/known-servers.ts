/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: the servers whose keys this browser trusts, as known_hosts text in localStorage. */
import { fingerprint, parseKnownHosts, type HostKeyTrust } from '@nacre/core';

const STORED = 'nacre.known_hosts';

/** A server by its name and port in known_hosts. */
export interface ServerName {
  readonly host: string;
  readonly port: number;
}

export interface KnownServer extends ServerName {
  readonly fingerprint: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'ws:': 80, 'wss:': 443 };
/** A line as `add` writes it: a plain name, or `[name]:port`, then the type and the key in base64. */
const LINE = /^(?:\[([^\]]+)\]:(\d+)|([^\s,[\]]+)) \S+ (\S+)/;

export function serverName(url: URL): ServerName {
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 0) };
}

function load(): string {
  return localStorage.getItem(STORED) ?? '';
}

export function judge({ host, port }: ServerName, blob: Uint8Array): HostKeyTrust {
  return parseKnownHosts(load()).verify(host, port)({ blob });
}

/** The types of the keys that the server is known by: the client asks for these first. */
export function knownKeyTypes({ host, port }: ServerName): readonly string[] {
  return parseKnownHosts(load()).keyTypes(host, port);
}

export function trust({ host, port }: ServerName, blob: Uint8Array): void {
  const known = parseKnownHosts(load());
  known.add(host, port, blob);
  localStorage.setItem(STORED, known.format());
}

/** Removes every key of the server: the user is asked about its next one. */
export function forget({ host, port }: ServerName): void {
  const lines = load().split('\n');
  const kept = lines.filter((line) => parseKnownHosts(line).keyTypes(host, port).length === 0);
  localStorage.setItem(STORED, kept.join('\n'));
}

export function knownServers(): readonly KnownServer[] {
  return load()
    .split('\n')
    .flatMap((line) => {
      const [, bracketed, port, plain, key = ''] = LINE.exec(line) ?? [];
      const host = bracketed ?? plain;
      if (host === undefined) return [];
      const blob = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
      return [{ host, port: Number(port ?? 22), fingerprint: fingerprint(blob) }];
    });
}
