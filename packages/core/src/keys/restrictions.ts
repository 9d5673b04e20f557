/** sshd(8), AUTHORIZED_KEYS FILE FORMAT, and OpenSSH's PROTOCOL.certkeys: what a login may do by the key that it proved. */
import { ProtocolError } from '../errors.js';
import type { Field } from '../wire/fields.js';
import { matchesPattern } from '../wire/wildcard.js';

/** A host and a port of `permitopen` or `permitlisten`. */
export interface PermittedEndpoint {
  /** Lower case, without brackets; `*` is any. Where somebody listens it is a pattern. */
  readonly host: string;
  readonly port: number | '*';
}

/**
 * What the key that was proven, and the certificate for it, leave of what the server allows. Plain data: it is part of the
 * identity, and goes into snapshots. It only ever takes away: whatever it leaves, policy and hooks may still refuse, and
 * nothing that a hook says brings back what it takes.
 */
export interface Restrictions {
  /**
   * `command=`, or a certificate's `force-command`: runs in the place of whatever a session asks for. What was asked for is
   * `session.originalRequest`, and `SSH_ORIGINAL_COMMAND` in the environment.
   */
  readonly command?: string | undefined;
  /** `environment=`: variables of every session, which the client cannot change. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pty: boolean;
  /** TCP and Unix sockets, both ways. */
  readonly portForwarding: boolean;
  readonly agentForwarding: boolean;
  readonly x11Forwarding: boolean;
  /** Whether the user's own startup script may run, for servers that have such. */
  readonly userRc: boolean;
  /** `permitopen=`: where the client may connect to; anywhere if not given. */
  readonly permitOpen?: readonly PermittedEndpoint[] | undefined;
  /** `permitlisten=`: where it may have us listen; anywhere if not given. */
  readonly permitListen?: readonly PermittedEndpoint[] | undefined;
}

/** Of a key without any restriction, and of logins by other methods. */
export const UNRESTRICTED: Restrictions = /* @__PURE__ */ Object.freeze({
  environment: /* @__PURE__ */ Object.freeze({}),
  pty: true,
  portForwarding: true,
  agentForwarding: true,
  x11Forwarding: true,
  userRc: true,
});

/** Whether a direct-tcpip to that host and port is within the restrictions. */
export function permitsOpen({ portForwarding, permitOpen }: Restrictions, host: string, port: number): boolean {
  if (!portForwarding || permitOpen === undefined) return portForwarding;
  const asked = host.toLowerCase();
  // As OpenSSH: hosts are taken literally here, and one that stands as a name is not looked up.
  return permitOpen.some((other) => (other.host === '*' || other.host === asked) && isPort(other, port));
}

/** Whether a tcpip-forward for that address and port is; port 0, any free one, only where any port is. */
export function permitsListen({ portForwarding, permitListen }: Restrictions, host: string, port: number): boolean {
  if (!portForwarding || permitListen === undefined) return portForwarding;
  const asked = host.toLowerCase();
  return permitListen.some((other) => matchesPattern(other.host, asked) && isPort(other, port));
}

/** Whether Unix sockets may be connected to, or listened at: lists of hosts and ports name none. */
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
 * Both at once: a certificate's and those of the line that trusts its authority, or of the keys of two parts of a login.
 * Undefined where they contradict each other, as two forced commands do: then nobody may log in.
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

/** Security: what neither list names in the same words is left out, though a pattern might cover it. */
function inBoth(
  a: readonly PermittedEndpoint[] | undefined,
  b: readonly PermittedEndpoint[] | undefined,
): readonly PermittedEndpoint[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.filter(({ host, port }) => b.some((other) => other.host === host && other.port === port));
}

/** As a part of a snapshot: JSON, for it is plain data. */
export const restrictionsField: Field<Restrictions> = {
  read: (reader) => {
    const value: unknown = JSON.parse(reader.text());
    if (isRestrictions(value)) return value;
    throw new ProtocolError('restrictions are malformed');
  },
  write: (writer, value) => writer.text(JSON.stringify(value)),
};

/** Whether all that has to be there is, of the right kind. */
function isRestrictions(value: unknown): value is Restrictions {
  if (typeof value !== 'object' || value === null) return false;
  const named = new Map(Object.entries(value));
  return Object.entries(UNRESTRICTED).every(([name, sample]) => {
    const other: unknown = named.get(name);
    return typeof other === typeof sample && other !== null;
  });
}
