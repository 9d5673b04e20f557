/** RFC 8308: extension negotiation. */
import { equalBytes } from '../crypto/provider.js';
import { ProtocolError } from '../errors.js';
import { nameList, string, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { onceFor } from '../wire/once-for.js';
import type { Role } from './gate.js';
import { SSH_MSG_EXT_INFO } from './messages.js';
import type { TransportOptions } from './options.js';

type Extensions = Values<typeof SSH_MSG_EXT_INFO.fields>['extensions'];

/** RFC 8308 §3.1. */
const SERVER_SIG_ALGS = 'server-sig-algs';
/** OpenSSH's PROTOCOL §1.8, §1.10 and §1.11. */
const HOSTBOUND = 'publickey-hostbound@openssh.com';
const PING = 'ping@openssh.com';
const EXT_INFO_IN_AUTH = 'ext-info-in-auth@openssh.com';
/** The version of each of the three. */
const VERSION = '0';
/** The extensions that are used here; RFC 8308 §2.5 says to ignore the rest. */
const KNOWN = [SERVER_SIG_ALGS, HOSTBOUND, PING];

const utf8 = new TextEncoder();

/**
 * The extensions of each role. A server: the signature algorithms that it verifies, that it answers SSH2_MSG_PING, and
 * that logins may be bound to its host key. A client: that it accepts other signature algorithms once it has named its
 * user.
 */
export function localExtensions(role: Role, signatureAlgorithms: readonly string[]): Extensions {
  if (role === 'client') return [{ extensionName: EXT_INFO_IN_AUTH, extensionValue: utf8.encode(VERSION) }];
  return [
    { extensionName: SERVER_SIG_ALGS, extensionValue: utf8.encode(signatureAlgorithms.join(',')) },
    ...[PING, HOSTBOUND].map((extensionName) => ({ extensionName, extensionValue: utf8.encode(VERSION) })),
  ];
}

/** The extensions of this side, as a payload. */
export const ownExtInfo = onceFor(({ role, tables }: Pick<TransportOptions, 'role' | 'tables'>) =>
  SSH_MSG_EXT_INFO.encode({ extensions: localExtensions(role, Object.keys(tables.signatures)) }),
);

/** How many SSH_MSG_EXT_INFO may come (RFC 8308 §2.4): one, and from a server another during authentication. */
const MOST: Readonly<Record<Role, number>> = { client: 1, server: 2 };

/** What the peer announced in SSH_MSG_EXT_INFO. */
export class RemoteExtensions {
  /** The known ones, in memory of their own; if a name is repeated, the last one counts. */
  #said: Extensions = [];
  /** Messages that may still come; the gate decides at which points. */
  left = 0;

  /** The peer, in role `role`, has started to use its first keys. */
  expect(role: Role): void {
    this.left = MOST[role];
  }

  /**
   * Extensions missing in a later message keep their value. @throws ProtocolError if none may come, or a list is
   * malformed.
   */
  receive(extensions: Extensions): void {
    if (this.left === 0) throw new ProtocolError('SSH_MSG_EXT_INFO where it may not stand');
    this.restore([...this.#said, ...extensions], this.left - 1);
    // Security: checked now, within the limits of all name-lists, rather than when a signature must be made.
    void this.signatureAlgorithms;
  }

  restore(extensions: Extensions, left: number): void {
    this.#said = extensions
      .filter(({ extensionName }) => KNOWN.includes(extensionName))
      .map(({ extensionName, extensionValue }) => ({ extensionName, extensionValue: extensionValue.slice() }));
    this.left = left;
  }

  state(): Extensions {
    return this.#said;
  }

  get answersPings(): boolean {
    return this.#isVersion(PING);
  }

  /** Whether a login by key may name the host key that it is meant for. */
  get takesHostbound(): boolean {
    return this.#isVersion(HOSTBOUND);
  }

  /** RFC 8308 §3.1: the names in `server-sig-algs`; undefined if the server did not send it. */
  get signatureAlgorithms(): readonly string[] | undefined {
    const names = this.#value(SERVER_SIG_ALGS);
    // Decoded as a name-list, with the length prefix that the value lacks.
    return names && listed.decode(bare.encode({ value: names })).names;
  }

  #isVersion(name: string): boolean {
    const value = this.#value(name);
    return value !== undefined && equalBytes(value, utf8.encode(VERSION));
  }

  #value(name: string): Uint8Array | undefined {
    return this.#said.findLast(({ extensionName }) => extensionName === name)?.extensionValue;
  }
}

const bare = record({ value: string });
const listed = record({ names: nameList });
