/** RFC 4253 §7.1: KEXINIT and algorithm negotiation. */
import type { AlgorithmTables, Signer } from '../algorithms/algorithm.js';
import type { Offer } from '../algorithms/offer.js';
import { KeyExchangeError } from '../errors.js';
import type { Values } from '../wire/fields.js';
import type { Role } from './gate.js';
import { SSH_MSG_KEXINIT } from './messages.js';

export type Kexinit = Values<typeof SSH_MSG_KEXINIT.fields>;

/** What both sides agreed on, as names; `mac` is undefined where the cipher is an AEAD. */
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

/** Names in the first KEXINIT's exchange list that are no exchanges (RFC 8308 §2.1, OpenSSH's PROTOCOL §1.9). */
export const MARKERS = {
  client: { extInfo: 'ext-info-c', strict: 'kex-strict-c-v00@openssh.com' },
  server: { extInfo: 'ext-info-s', strict: 'kex-strict-s-v00@openssh.com' },
} as const satisfies Record<Role, { extInfo: string; strict: string }>;

/** The payload of this side's KEXINIT: a server names what its keys can sign with. Only the first of a connection carries the markers. */
export function encodeKexinit(
  role: Role,
  { keyExchanges, hostKeys, clientToServer, serverToClient }: Offer,
  signers: readonly Signer[],
  first: boolean,
  cookie: Uint8Array,
): Uint8Array {
  const { extInfo, strict } = MARKERS[role];
  const markers = first ? [extInfo, strict] : [];
  const signed = signers.flatMap((key) => key.algorithms.filter((name) => hostKeys.includes(name)));
  return SSH_MSG_KEXINIT.encode({
    cookie,
    kexAlgorithms: [...keyExchanges, ...markers],
    serverHostKeyAlgorithms: role === 'client' ? hostKeys : signed,
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
  });
}

/** The client's first choice that the server has too. @throws KeyExchangeError that names both lists. */
function choose(what: string, client: readonly string[], server: readonly string[]): string {
  const chosen = client.find((name) => server.includes(name));
  if (chosen !== undefined) return chosen;
  throw new KeyExchangeError(`no ${what} in common: the client offers ${list(client)}, the server ${list(server)}`);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(',').slice(0, 200);
}

function isMarker(name: string): boolean {
  return name.startsWith('ext-info-') || name.startsWith('kex-strict-');
}

/** Negotiates every list. @throws KeyExchangeError where one has nothing in common. */
export function negotiate(client: Kexinit, server: Kexinit, tables: AlgorithmTables): Negotiated {
  const exchanges = client.kexAlgorithms.filter((name) => !isMarker(name));
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
    keyExchange: choose('key exchange', exchanges, server.kexAlgorithms),
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

/** RFC 4253 §7.1: whether the packet that the sender of `guess` let follow must be skipped. */
export function isWrongGuess(guess: Kexinit, other: Kexinit): boolean {
  return (
    guess.firstKexPacketFollows &&
    (guess.kexAlgorithms[0] !== other.kexAlgorithms[0] ||
      guess.serverHostKeyAlgorithms[0] !== other.serverHostKeyAlgorithms[0])
  );
}

/**
 * Security: without strict key exchange a man in the middle can drop the first packets of these ciphers unseen (CVE-2023-48795).
 * @throws KeyExchangeError that names what to choose instead.
 */
export function refusePrefixTruncation(negotiated: Negotiated): void {
  for (const { cipher, mac } of [negotiated.clientToServer, negotiated.serverToClient]) {
    const isChained = cipher.includes('-cbc') && mac?.includes('-etm@') === true;
    if (isChained || cipher.startsWith('chacha20-poly1305')) {
      throw new KeyExchangeError(
        `${cipher} is not safe with a peer that lacks strict key exchange: choose aes128-gcm@openssh.com or aes128-ctr`,
      );
    }
  }
}
