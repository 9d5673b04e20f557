/** RFC 4254 §6.3, §7 and OpenSSH's PROTOCOL §2.2, §2.4: the channels, global and session requests of forwarding, by name. */
import { boolean, looseText, text, uint32 } from '../wire/fields.js';
import { record } from '../wire/message.js';

/** A TCP address, and the origin of the connection. */
const tcpChannel = record({ host: text, port: uint32, originHost: text, originPort: uint32 });
const tcpAddress = record({ host: text, port: uint32 });
const socketPath = record({ path: text });

/** Fields of SSH_MSG_CHANNEL_OPEN. */
export const forwardChannels = {
  'direct-tcpip': tcpChannel,
  'forwarded-tcpip': tcpChannel,
  /** PROTOCOL §2.4: the last two fields are reserved. */
  'direct-streamlocal@openssh.com': record({ path: text, reservedText: looseText, reservedNumber: uint32 }),
  'forwarded-streamlocal@openssh.com': record({ path: text, reservedText: looseText }),
  'auth-agent@openssh.com': record({}),
  x11: record({ originHost: text, originPort: uint32 }),
} as const;

/** Fields of SSH_MSG_GLOBAL_REQUEST. */
export const forwardRequests = {
  'tcpip-forward': tcpAddress,
  'cancel-tcpip-forward': tcpAddress,
  'streamlocal-forward@openssh.com': socketPath,
  'cancel-streamlocal-forward@openssh.com': socketPath,
} as const;

/** RFC 4254 §7.1: the reply if the server was to choose the port. */
export const boundPort = record({ port: uint32 });

/** Fields of SSH_MSG_CHANNEL_REQUEST on a session. */
export const sessionForwardRequests = {
  'auth-agent-req@openssh.com': record({}),
  'x11-req': record({
    singleConnection: boolean,
    authenticationProtocol: text,
    /** In hexadecimal. */
    authenticationCookie: text,
    screenNumber: uint32,
  }),
} as const;
