/** RFC 4253 §7.1: KEXINIT and algorithm negotiation. */
import type { AlgorithmTables, Signer } from '../algorithms/algorithm.js';
import { equalBytes } from '../crypto/provider.js';
import { KeyExchangeError } from '../errors.js';
import type { Values } from '../wire/fields.js';
import { onceFor } from '../wire/once-for.js';
import type { Role } from './gate.js';
import { SSH_MSG_KEXINIT } from './messages.js';
import type { TransportOptions } from './options.js';

const COOKIE_LENGTH = 16;
/** How much of a list is shown in an error, in UTF-16 units. */
const MAXIMUM_LISTED = 200;

export type Kexinit = Values<typeof SSH_MSG_KEXINIT.fields>;

/** The agreed algorithms, by name; `mac` is undefined if the cipher is an AEAD. */
export interface Negotiated {
  readonly keyExchange: string;
  readonly hostKey: string;
  readonly clientToServer: NegotiatedDirection;
  readonly serverToClient: NegotiatedDirection;
}

export interface NegotiatedDirection {
  readonly cipher: string;
  readonly mac: string | undefined;
  readonly compression: string;
}

/** Pseudo-algorithms in the first KEXINIT's list of key exchanges (RFC 8308 §2.1, OpenSSH's PROTOCOL §1.9). */
export const MARKERS = {
  client: { extInfo: 'ext-info-c', strict: 'kex-strict-c-v00@openssh.com' },
  server: { extInfo: 'ext-info-s', strict: 'kex-strict-s-v00@openssh.com' },
} as const satisfies Record<Role, { extInfo: string; strict: string }>;

/** What this side says in KEXINIT. */
export interface Proposal {
  readonly kexinit: Kexinit;
  readonly payload: Uint8Array;
  /** A server's host keys, whose algorithms it lists. */
  readonly hostKeys: readonly Signer[];
}

type ProposalOptions = Pick<TransportOptions, 'role' | 'offer' | 'hostKeys'>;

function draft({ role, offer, hostKeys }: ProposalOptions, markers: readonly string[]): Proposal {
  const { clientToServer, serverToClient } = offer;
  const signed = hostKeys.flatMap((key) => key.algorithms.filter((name) => offer.hostKeys.includes(name)));
  const kexinit = {
    cookie: new Uint8Array(COOKIE_LENGTH),
    kexAlgorithms: [...offer.keyExchanges, ...markers],
    serverHostKeyAlgorithms: role === 'client' ? offer.hostKeys : signed,
    encryptionAlgorithmsClientToServer: clientToServer.ciphers,
    encryptionAlgorithmsServerToClient: serverToClient.ciphers,
    macAlgorithmsClientToServer: clientToServer.macs,
    macAlgorithmsServerToClient: serverToClient.macs,
    compressionAlgorithmsClientToServer: clientToServer.compressions,
    compressionAlgorithmsServerToClient: serverToClient.compressions,
    languagesClientToServer: [],
    languagesServerToClient: [],
    firstKexPacketFollows: false,
    reserved: 0,
  };
  return { kexinit, payload: SSH_MSG_KEXINIT.encode(kexinit), hostKeys };
}

/** The first KEXINIT of every connection, except for the cookie. */
const draftFirst = onceFor((options: ProposalOptions) => {
  const { extInfo, strict } = MARKERS[options.role];
  return draft(options, [extInfo, strict]);
});

/**
 * This side's KEXINIT: the first of a connection, which alone carries the markers, or a later one, after `hostKey` was
 * presented. Security: a connection keeps the host key that it started with, whatever other keys its server has.
 */
export function propose(options: ProposalOptions & Pick<TransportOptions, 'crypto'>, hostKey?: Uint8Array): Proposal {
  const hostKeys = options.hostKeys.filter((key) => hostKey && equalBytes(key.publicKey, hostKey));
  const proposal = hostKey ? draft({ ...options, hostKeys }, []) : draftFirst(options);
  const payload = proposal.payload.slice();
  payload.set(options.crypto.random(COOKIE_LENGTH), 1);
  return { ...proposal, payload };
}

/** The client's first choice that the server also lists. @throws KeyExchangeError that names both lists. */
function choose(what: string, client: readonly string[], server: readonly string[]): string {
  for (const name of client) {
    // Taken from the server's list: a substring of what a client sent would keep all of that in memory.
    const index = server.indexOf(name);
    if (index >= 0) return server[index]!;
  }
  throw new KeyExchangeError(`no ${what} in common: the client offers ${list(client)}, the server ${list(server)}`);
}

function list(names: readonly string[]): string {
  const all = names.join(',') || 'nothing';
  return all.length > MAXIMUM_LISTED ? `${all.slice(0, MAXIMUM_LISTED)}…` : all;
}

function exchangesOf({ kexAlgorithms }: Kexinit): readonly string[] {
  return kexAlgorithms.filter((name) => !/^(ext-info|kex-strict)-/.test(name));
}

/** Negotiates every list. @throws KeyExchangeError if one has nothing in common. */
export function negotiate(client: Kexinit, server: Kexinit, tables: AlgorithmTables): Negotiated {
  const direction = (
    ciphers: readonly [readonly string[], readonly string[]],
    macs: readonly [readonly string[], readonly string[]],
    compressions: readonly [readonly string[], readonly string[]],
  ): NegotiatedDirection => {
    const compression = choose('compression', ...compressions);
    const cipher = choose('cipher', ...ciphers);
    const aead = tables.ciphers[cipher]?.aead === true;
    return { cipher, mac: aead ? undefined : choose('MAC', ...macs), compression };
  };
  return {
    keyExchange: choose('key exchange', exchangesOf(client), exchangesOf(server)),
    hostKey: choose('host key algorithm', client.serverHostKeyAlgorithms, server.serverHostKeyAlgorithms),
    clientToServer: direction(
      [client.encryptionAlgorithmsClientToServer, server.encryptionAlgorithmsClientToServer],
      [client.macAlgorithmsClientToServer, server.macAlgorithmsClientToServer],
      [client.compressionAlgorithmsClientToServer, server.compressionAlgorithmsClientToServer],
    ),
    serverToClient: direction(
      [client.encryptionAlgorithmsServerToClient, server.encryptionAlgorithmsServerToClient],
      [client.macAlgorithmsServerToClient, server.macAlgorithmsServerToClient],
      [client.compressionAlgorithmsServerToClient, server.compressionAlgorithmsServerToClient],
    ),
  };
}

/** RFC 4253 §7.1: whether the packet that follows the KEXINIT `guess` must be skipped. */
export function isWrongGuess(guess: Kexinit, other: Kexinit): boolean {
  return (
    guess.firstKexPacketFollows &&
    (guess.kexAlgorithms[0] !== other.kexAlgorithms[0] ||
      guess.serverHostKeyAlgorithms[0] !== other.serverHostKeyAlgorithms[0])
  );
}

/**
 * Security: without strict key exchange a man in the middle can drop the first packets of these ciphers unnoticed
 * (CVE-2023-48795). `peer` says whether it announced that, and whether this side allows it not to.
 * @throws KeyExchangeError that names what to choose instead.
 */
export function refusePrefixTruncation(
  negotiated: Negotiated,
  peer: { readonly strict: boolean; readonly options: Pick<TransportOptions, 'allowPrefixTruncation'> },
): void {
  if (peer.strict || peer.options.allowPrefixTruncation) return;
  for (const { cipher, mac } of [negotiated.clientToServer, negotiated.serverToClient]) {
    const isChained = cipher.includes('-cbc') && mac?.includes('-etm@') === true;
    if (isChained || cipher.startsWith('chacha20-poly1305')) {
      throw new KeyExchangeError(
        `${cipher} is not safe with a peer that lacks strict key exchange: choose aes128-gcm@openssh.com or aes128-ctr, or set allowPrefixTruncation`,
      );
    }
  }
}
