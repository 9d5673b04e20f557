/** sshd(8), AUTHORIZED_KEYS FILE FORMAT, and OpenSSH's PROTOCOL.certkeys: what a login may do with the key it proved. */
import { ProtocolError } from '../errors.js';
import type { Field } from '../wire/fields.js';
import { matchesPattern } from '../wire/wildcard.js';

/** A host and a port of `permitopen` or `permitlisten`. */
export interface PermittedEndpoint {
  /** Lower case, without brackets; `*` is any. For listening it is a pattern. */
  readonly host: string;
  readonly port: number | '*';
}

/**
 * What the proven key and its certificate leave of what the server allows. Plain data: it is part of the identity and
 * goes into snapshots. Restrictions only take away: policy and hooks may still refuse what they leave, and no hook can
 * restore what they take.
 */
export interface Restrictions {
  /**
   * `command=`, or a certificate's `force-command`: runs instead of whatever a session requests. The request is kept in
   * `session.originalRequest`, and in `SSH_ORIGINAL_COMMAND` in the environment.
   */
  readonly command?: string | undefined;
  /** `environment=`: variables of every session, which the client cannot change. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pty: boolean;
  /** TCP and Unix sockets, in both directions. */
  readonly portForwarding: boolean;
  readonly agentForwarding: boolean;
  readonly x11Forwarding: boolean;
  /** Whether the user's own startup script may run, on servers that have one. */
  readonly userRc: boolean;
  /** `permitopen=`: where the client may connect to; anywhere by default. */
  readonly permitOpen?: readonly PermittedEndpoint[] | undefined;
  /** `permitlisten=`: where it may have us listen; anywhere by default. */
  readonly permitListen?: readonly PermittedEndpoint[] | undefined;
}

/** For keys without restrictions, and for logins by other methods. */
export const UNRESTRICTED: Restrictions = /* @__PURE__ */ Object.freeze({
  environment: /* @__PURE__ */ Object.freeze({}),
  pty: true,
  portForwarding: true,
  agentForwarding: true,
  x11Forwarding: true,
  userRc: true,
});

/** Whether a direct-tcpip channel to that host and port is allowed. */
export function permitsOpen({ portForwarding, permitOpen }: Restrictions, host: string, port: number): boolean {
  if (!portForwarding || permitOpen === undefined) return portForwarding;
  const asked = host.toLowerCase();
  // As in OpenSSH: hosts are compared literally here, and names are not looked up.
  return permitOpen.some((other) => (other.host === '*' || other.host === asked) && isPort(other, port));
}

/** Whether a tcpip-forward for that address and port is allowed; port 0, any free port, only if every port is. */
export function permitsListen({ portForwarding, permitListen }: Restrictions, host: string, port: number): boolean {
  if (!portForwarding || permitListen === undefined) return portForwarding;
  const asked = host.toLowerCase();
  return permitListen.some((other) => matchesPattern(other.host, asked) && isPort(other, port));
}

/** Whether connecting to, or listening on, Unix sockets is allowed: lists of hosts and ports cannot name any. */
export function permitsSocket(
  { portForwarding, permitOpen, permitListen }: Restrictions,
  way: 'open' | 'listen',
): boolean {
  return portForwarding && (way === 'open' ? permitOpen : permitListen) === undefined;
}

function isPort(permitted: PermittedEndpoint, port: number): boolean {
  return permitted.port === '*' || permitted.port === port;
}

/**
 * Both sets of restrictions combined: of a certificate and the line that trusts its authority, or of the keys of two
 * login steps. Undefined if they contradict each other, as two different forced commands do: then nobody may log in.
 */
export function stricter(a: Restrictions, b: Restrictions): Restrictions | undefined {
  if (a.command !== undefined && b.command !== undefined && a.command !== b.command) return undefined;
  return {
    command: a.command ?? b.command,
    environment: { ...b.environment, ...a.environment },
    pty: a.pty && b.pty,
    portForwarding: a.portForwarding && b.portForwarding,
    agentForwarding: a.agentForwarding && b.agentForwarding,
    x11Forwarding: a.x11Forwarding && b.x11Forwarding,
    userRc: a.userRc && b.userRc,
    permitOpen: inBoth(a.permitOpen, b.permitOpen),
    permitListen: inBoth(a.permitListen, b.permitListen),
  };
}

/** Security: keeps only what both lists name in the same words, even if a pattern would match more. */
function inBoth(
  a: readonly PermittedEndpoint[] | undefined,
  b: readonly PermittedEndpoint[] | undefined,
): readonly PermittedEndpoint[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.filter(({ host, port }) => b.some((other) => other.host === host && other.port === port));
}

/** Restrictions in a snapshot: JSON, because they are plain data. */
export const restrictionsField: Field<Restrictions> = {
  read: (reader) => {
    const value: unknown = JSON.parse(reader.text());
    if (isRestrictions(value)) return value;
    throw new ProtocolError('restrictions are malformed');
  },
  write: (writer, value) => writer.text(JSON.stringify(value)),
};

/** Whether all required members are present, with the right types. */
function isRestrictions(value: unknown): value is Restrictions {
  if (typeof value !== 'object' || value === null) return false;
  const named = new Map(Object.entries(value));
  return Object.entries(UNRESTRICTED).every(([name, sample]) => {
    const other: unknown = named.get(name);
    return typeof other === typeof sample && other !== null;
  });
}
