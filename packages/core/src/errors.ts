/** The error tree. Each class carries the RFC 4253 §11.1 disconnect reason that goes on the wire, and whose fault it was. */

/** RFC 4253 §11.1: reason codes of SSH_MSG_DISCONNECT. */
export const DisconnectReason = {
  HOST_NOT_ALLOWED_TO_CONNECT: 1,
  PROTOCOL_ERROR: 2,
  KEY_EXCHANGE_FAILED: 3,
  MAC_ERROR: 5,
  COMPRESSION_ERROR: 6,
  SERVICE_NOT_AVAILABLE: 7,
  PROTOCOL_VERSION_NOT_SUPPORTED: 8,
  HOST_KEY_NOT_VERIFIABLE: 9,
  CONNECTION_LOST: 10,
  BY_APPLICATION: 11,
  TOO_MANY_CONNECTIONS: 12,
  AUTH_CANCELLED_BY_USER: 13,
  NO_MORE_AUTH_METHODS_AVAILABLE: 14,
  ILLEGAL_USER_NAME: 15,
} as const;

/**
 * Whose fault an error was: this side's or its caller's (`local`), the peer's (`remote`), or the network's in between
 * (`network`).
 */
export type Fault = 'local' | 'remote' | 'network';

/** The base class of every error this library throws. */
export class SshError extends Error {
  /** Written out in every class: a minifier changes the names of classes. */
  override readonly name: string = 'SshError';
  /** The RFC 4253 §11.1 reason sent to the peer when this error ends a connection. */
  readonly reason: number;
  readonly fault: Fault;

  constructor(message: string, reason: number, fault: Fault, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
    this.fault = fault;
  }
}

/** The peer violated the protocol: malformed bytes, or a message where it is not allowed. */
export class ProtocolError extends SshError {
  override readonly name: string = 'ProtocolError';

  constructor(message: string) {
    super(message, DisconnectReason.PROTOCOL_ERROR, 'remote');
  }
}

/** No algorithm in common, or an invalid exchange value or signature. */
export class KeyExchangeError extends SshError {
  override readonly name: string = 'KeyExchangeError';

  constructor(message: string) {
    super(message, DisconnectReason.KEY_EXCHANGE_FAILED, 'remote');
  }
}

/**
 * A packet that fails authentication. Security: once keys are in use, every fault of length, padding or tag is this one
 * error with this one text, so that a peer cannot learn which check failed.
 */
export class MacError extends SshError {
  override readonly name: string = 'MacError';

  constructor() {
    super('packet does not authenticate', DisconnectReason.MAC_ERROR, 'remote');
  }
}

/** RFC 4253 §6.2: a compressed payload that is corrupt, or that inflates beyond the limit. */
export class CompressionError extends SshError {
  override readonly name: string = 'CompressionError';

  constructor(message: string) {
    super(message, DisconnectReason.COMPRESSION_ERROR, 'remote');
  }
}

/** RFC 4253 §4.2: the peer's identification string is missing, malformed or of another protocol version. */
export class IdentificationError extends SshError {
  override readonly name: string = 'IdentificationError';

  constructor(message: string) {
    super(message, DisconnectReason.PROTOCOL_VERSION_NOT_SUPPORTED, 'remote');
  }
}

/** RFC 4253 §10: a service that does not exist, or is not allowed now. */
export class ServiceError extends SshError {
  override readonly name: string = 'ServiceError';

  constructor(message: string) {
    super(message, DisconnectReason.SERVICE_NOT_AVAILABLE, 'remote');
  }
}

/** The client did not accept the server's host key. */
export class HostKeyError extends SshError {
  override readonly name: string = 'HostKeyError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, DisconnectReason.HOST_KEY_NOT_VERIFIABLE, 'remote', options);
  }
}

/** Authentication ended without success. */
export class AuthenticationError extends SshError {
  override readonly name: string = 'AuthenticationError';
  /** The methods that the server said it would still accept. */
  readonly methods: readonly string[];

  constructor(message: string, methods: readonly string[] = []) {
    super(message, DisconnectReason.NO_MORE_AUTH_METHODS_AVAILABLE, 'remote');
    this.methods = methods;
  }
}

/** This side reached one of its limits: connections, time, memory. */
export class LimitError extends SshError {
  override readonly name: string = 'LimitError';

  constructor(message: string) {
    super(message, DisconnectReason.TOO_MANY_CONNECTIONS, 'remote');
  }
}

/** Something did not happen in time. */
export class TimeoutError extends SshError {
  override readonly name: string = 'TimeoutError';

  constructor(message: string) {
    super(message, DisconnectReason.BY_APPLICATION, 'network');
  }
}

/** The peer ended the connection with SSH_MSG_DISCONNECT; `reason` and `message` are the peer's, without control characters. */
export class DisconnectedError extends SshError {
  override readonly name: string = 'DisconnectedError';

  constructor(reason: number, description: string) {
    super(description, reason, 'remote');
  }
}

/** The stream under the connection ended or failed. */
export class ConnectionLostError extends SshError {
  override readonly name: string = 'ConnectionLostError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, DisconnectReason.CONNECTION_LOST, 'network', options);
  }
}

/** This side's application closed the connection, or used one that is closed. */
export class ConnectionClosedError extends SshError {
  override readonly name: string = 'ConnectionClosedError';

  constructor(message = 'the connection is closed') {
    super(message, DisconnectReason.BY_APPLICATION, 'local');
  }
}

/** RFC 4254 §5.1: the peer refused to open a channel; `code` is the reason code of SSH_MSG_CHANNEL_OPEN_FAILURE. */
export class ChannelOpenError extends SshError {
  override readonly name: string = 'ChannelOpenError';
  readonly code: number;

  constructor(code: number, description: string) {
    super(description, DisconnectReason.BY_APPLICATION, 'remote');
    this.code = code;
  }
}

/** RFC 4254 §5.4: the peer answered SSH_MSG_CHANNEL_FAILURE, or a channel closed before a request was answered. */
export class ChannelRequestError extends SshError {
  override readonly name: string = 'ChannelRequestError';

  constructor(message: string) {
    super(message, DisconnectReason.BY_APPLICATION, 'remote');
  }
}

/** A key file, an authorized_keys line, an option: text or a value from the application that cannot be used. */
export class ConfigurationError extends SshError {
  override readonly name: string = 'ConfigurationError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, DisconnectReason.BY_APPLICATION, 'local', options);
  }
}

/** Why a key file was not read. `too-costly`: its key derivation would cost more than this library spends on a file. */
export type KeyFileProblem =
  'passphrase-required' | 'wrong-passphrase' | 'unknown-format' | 'unsupported' | 'malformed' | 'too-costly';

/** The text of a private key that cannot be used; `problem` says why. The message reveals no key or passphrase. */
export class KeyFileError extends ConfigurationError {
  override readonly name: string = 'KeyFileError';
  readonly problem: KeyFileProblem;

  constructor(problem: KeyFileProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** Why a snapshot was refused. */
export type SnapshotRefusal =
  | 'key-exchange'
  | 'pending-hook'
  | 'cipher-batch'
  | 'function-handler'
  | 'open-forward'
  | 'compression'
  | 'application-state'
  | 'closed';

/** The connection cannot be snapshotted now; `refusal` says why. Nothing has changed: try again later. */
export class SnapshotRefusedError extends SshError {
  override readonly name: string = 'SnapshotRefusedError';
  readonly refusal: SnapshotRefusal;

  constructor(refusal: SnapshotRefusal, message: string) {
    super(message, DisconnectReason.BY_APPLICATION, 'local');
    this.refusal = refusal;
  }
}

/** A snapshot that cannot be resumed: malformed, of another version, or already used. */
export class SnapshotError extends SshError {
  override readonly name: string = 'SnapshotError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, DisconnectReason.BY_APPLICATION, 'local', options);
  }
}
