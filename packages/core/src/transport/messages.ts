/** RFC 4253 §11, RFC 8308 §2.3 and OpenSSH's PROTOCOL §1.8: the messages of the transport layer. */
import { DisconnectReason, SshError } from '../errors.js';
import { boolean, fixed, list, looseText, nameList, string, text, uint32 } from '../wire/fields.js';
import { message, record } from '../wire/message.js';

/** Most extensions read from one SSH_MSG_EXT_INFO; four are registered. */
const MAXIMUM_EXTENSIONS = 32;

export const SSH_MSG_DISCONNECT = message(1, { reasonCode: uint32, description: looseText, languageTag: looseText });
export const SSH_MSG_IGNORE = message(2, { data: string });
export const SSH_MSG_UNIMPLEMENTED = message(3, { packetSequenceNumber: uint32 });
export const SSH_MSG_DEBUG = message(4, { alwaysDisplay: boolean, message: looseText, languageTag: looseText });
export const SSH_MSG_SERVICE_REQUEST = message(5, { serviceName: text });
export const SSH_MSG_SERVICE_ACCEPT = message(6, { serviceName: text });
export const SSH_MSG_EXT_INFO = message(7, {
  extensions: list(record({ extensionName: text, extensionValue: string }), MAXIMUM_EXTENSIONS),
});
export const SSH_MSG_KEXINIT = message(20, {
  cookie: fixed(16),
  kexAlgorithms: nameList,
  serverHostKeyAlgorithms: nameList,
  encryptionAlgorithmsClientToServer: nameList,
  encryptionAlgorithmsServerToClient: nameList,
  macAlgorithmsClientToServer: nameList,
  macAlgorithmsServerToClient: nameList,
  compressionAlgorithmsClientToServer: nameList,
  compressionAlgorithmsServerToClient: nameList,
  languagesClientToServer: nameList,
  languagesServerToClient: nameList,
  firstKexPacketFollows: boolean,
  reserved: uint32,
});
export const SSH_MSG_NEWKEYS = message(21, {});
export const SSH2_MSG_PING = message(192, { data: string });
export const SSH2_MSG_PONG = message(193, { data: string });

/** What the transport handles outside an exchange; 30-49 belong to the current exchange. */
export const transportMessages = {
  SSH_MSG_DISCONNECT,
  SSH_MSG_IGNORE,
  SSH_MSG_UNIMPLEMENTED,
  SSH_MSG_DEBUG,
  SSH_MSG_SERVICE_REQUEST,
  SSH_MSG_SERVICE_ACCEPT,
  SSH_MSG_EXT_INFO,
  SSH_MSG_KEXINIT,
  SSH_MSG_NEWKEYS,
  SSH2_MSG_PING,
  SSH2_MSG_PONG,
};

/** Reason and description for SSH_MSG_DISCONNECT. Security: faults of this side are not described to the peer. */
export function lastWords(error: unknown): readonly [number, string] {
  if (!(error instanceof SshError)) return [DisconnectReason.BY_APPLICATION, 'internal error'];
  const isOurs = error.fault === 'local';
  return [error.reason, isOurs ? 'internal error' : error.message.slice(0, 256)];
}
