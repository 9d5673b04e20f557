/** A session in a snapshot: what was requested, and its handler's state; and any state that is an application's. */
import { sessionRequests } from '../../connection/session-requests.js';
import { ProtocolError, SnapshotRefusedError } from '../../errors.js';
import { boolean, list, looseText, optional, string, text, type Values } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import { showThrown } from '../../wire/printable.js';
import { encodeStructured } from '../../wire/structured.js';
import type { SessionRequest } from './session.js';

/** Environment variables that a client may set. */
export const MAXIMUM_VARIABLES = 64;

const requestState = record({ type: text, value: looseText });

export const sessionState = record({
  /** The client's variables, the key's, and the original command. */
  env: list(record({ name: looseText, value: looseText }), 2 * MAXIMUM_VARIABLES + 1),
  pty: optional(sessionRequests['pty-req']),
  request: optional(requestState),
  originalRequest: optional(requestState),
  isEnded: boolean,
  state: string,
});

/** An application's state, called `name` in errors. @throws SnapshotRefusedError if it is not plain data. */
export function encodeState(name: string, state: unknown): Uint8Array {
  try {
    return encodeStructured(state);
  } catch (error) {
    throw new SnapshotRefusedError('application-state', `${name}: ${showThrown(error)}`);
  }
}

/** @throws ProtocolError if it is not a valid request. */
export function parseRequest({ type, value }: Values<typeof requestState.fields>): SessionRequest {
  if (type === 'shell') return { type };
  if (type === 'exec') return { type, command: value };
  if (type === 'subsystem') return { type, name: value };
  throw new ProtocolError(`a snapshot with a session of type ${type}`);
}
