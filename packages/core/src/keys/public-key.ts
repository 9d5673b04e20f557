/** Public keys as text: `type base64 comment`, one line, as in `.pub` files, authorized_keys and known_hosts (sshd(8)). */
import { decodeBase64, encodeBase64 } from '../crypto/base64.js';
import { hash } from '../crypto/noble/hashes.js';
import { ConfigurationError, ProtocolError } from '../errors.js';
import { Reader } from '../wire/reader.js';
import { publicKeyTypeOf } from './public-key-types.js';

export interface PublicKey {
  /** The name at the start of the blob, for example `ssh-ed25519`. */
  readonly type: string;
  /** RFC 4253 §6.6: the key in wire form. */
  readonly blob: Uint8Array;
  readonly comment: string;
}

/** A key, or the reason why there is none, in one sentence. */
export type KeyOrReason = { readonly key: PublicKey } | { readonly reason: string };

const KEY_LINE = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*))?$/;
const LONGEST_SHOWN = 64;

/** A word from a file as shown in a message: short, and without control characters. */
export function shown(word: string): string {
  const short = word.length > LONGEST_SHOWN ? `${word.slice(0, LONGEST_SHOWN)}…` : word;
  return JSON.stringify(short.replace(/[^\x20-\x7e…]/g, '?'));
}

/** The type name at the start of a blob; undefined if there is none. */
export function keyTypeOf(blob: Uint8Array): string | undefined {
  try {
    return new Reader(blob).text();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Reads `type base64 comment`. */
export function readKeyLine(line: string): KeyOrReason {
  const [, type, base64, comment = ''] = KEY_LINE.exec(line.trim()) ?? [];
  if (type === undefined || base64 === undefined) return { reason: 'a key line is `type base64 comment`' };
  const keyType = publicKeyTypeOf(type);
  if (keyType === undefined) return { reason: `the key type ${shown(type)} is not supported` };
  const blob = decodeBase64(base64);
  if (blob === undefined) return { reason: 'the key is not base64' };
  if (!keyType.isUsable(blob)) return { reason: `the key is not a usable ${type} key` };
  return { key: { type, blob, comment: comment.trim() } };
}

/** Reads the one-line form. @throws ConfigurationError if it is malformed, of an unknown type, or too weak. */
export function parsePublicKey(line: string): PublicKey {
  const result = readKeyLine(line);
  if ('reason' in result) throw new ConfigurationError(result.reason);
  return result.key;
}

/** The one-line form, without a line end. @throws ConfigurationError for a comment that would not stay on the line. */
export function formatPublicKey({ type, blob, comment }: PublicKey): string {
  if (/[\r\n]/.test(comment)) throw new ConfigurationError('the comment of a key has a line end');
  return comment === '' ? `${type} ${encodeBase64(blob)}` : `${type} ${encodeBase64(blob)} ${comment}`;
}

/** The fingerprint as OpenSSH shows it: `SHA256:` and the unpadded base64 of the blob's hash. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${encodeBase64(hash('sha256', blob)).replace(/=+$/, '')}`;
}
