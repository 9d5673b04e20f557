/** RFC 4819 §3: the packets of the publickey subsystem; the name is the key. */
import { boolean, list, looseText, string, text, uint32 } from '../wire/fields.js';
import { record } from '../wire/message.js';

/** RFC 4819 §3: the version that both sides speak here. */
export const VERSION = 2;
/** Attributes of one key: a comment and some restrictions. */
const MAXIMUM_ATTRIBUTES = 64;

const attribute = record({ name: text, value: looseText });

export const requests = {
  version: record({ version: uint32 }),
  add: record({
    algorithm: text,
    blob: string,
    overwrite: boolean,
    attributes: list(record({ name: text, value: looseText, critical: boolean }), MAXIMUM_ATTRIBUTES),
  }),
  remove: record({ algorithm: text, blob: string }),
  list: record({}),
  listattributes: record({}),
} as const;

export const responses = {
  version: record({ version: uint32 }),
  status: record({ code: uint32, description: looseText, languageTag: looseText }),
  publickey: record({ algorithm: text, blob: string, attributes: list(attribute, MAXIMUM_ATTRIBUTES) }),
  attribute: record({ name: text, compulsory: boolean }),
} as const;

/** RFC 4819 §3.3: the status of a request. */
export const PublicKeyStatus = {
  SUCCESS: 0,
  ACCESS_DENIED: 1,
  STORAGE_EXCEEDED: 2,
  VERSION_NOT_SUPPORTED: 3,
  KEY_NOT_FOUND: 4,
  KEY_NOT_SUPPORTED: 5,
  KEY_ALREADY_PRESENT: 6,
  GENERAL_FAILURE: 7,
  REQUEST_NOT_SUPPORTED: 8,
  ATTRIBUTE_NOT_SUPPORTED: 9,
} as const;

export type PublicKeyStatusName = keyof typeof PublicKeyStatus;

/** RFC 4819 §4.1: a statement about a key: a comment, or what it may be used for. */
export interface KeyAttribute {
  readonly name: string;
  readonly value: string;
}

/** A key that a user may log in with. */
export interface StoredKey {
  readonly algorithm: string;
  readonly blob: Uint8Array;
  readonly attributes: readonly KeyAttribute[];
}
