/** RFC 4716: public key files, `---- BEGIN SSH2 PUBLIC KEY ----`. */
import { decodeBase64, encodeBase64 } from '../crypto/base64.js';
import { ConfigurationError } from '../errors.js';
import { publicKeyTypeOf } from './public-key-types.js';
import { keyTypeOf, shown, type PublicKey } from './public-key.js';

const BEGIN = '---- BEGIN SSH2 PUBLIC KEY ----';
const END = '---- END SSH2 PUBLIC KEY ----';
/** §3.1: maximum bytes of a line, and §3.3: of a header's value. */
const LINE_LENGTH = 72;
const LONGEST_VALUE = 1024;
const LONGEST_HEADER = LONGEST_VALUE + LINE_LENGTH;
const BASE64_LENGTH = 70;
/** Security: a longer text is not a key. In UTF-16 units. */
const LONGEST_FILE = 2 ** 15;

/** Reads the headers, keeping only the comment, and returns the rest. §3.3: a backslash continues a line. */
function readHeaders(lines: readonly string[]): { readonly comment: string; readonly body: readonly string[] } {
  let comment = '';
  let next = 0;
  while (lines[next]?.includes(':')) {
    let header = lines[next++]!;
    while (header.endsWith('\\') && next < lines.length && header.length <= LONGEST_HEADER)
      header = header.slice(0, -1) + lines[next++]!;
    const [, name = '', value = ''] = /^([^:]{1,64}):[ \t]*(.*)$/.exec(header) ?? [];
    if (value.length > LONGEST_VALUE) throw new ConfigurationError('a header of the public key is too long');
    if (name.toLowerCase() === 'comment') comment = /^"(.*)"$/.exec(value)?.[1] ?? value;
  }
  return { comment, body: lines.slice(next) };
}

/** @throws ConfigurationError if it is malformed, of an unknown type, or too weak. */
export function parseRfc4716(text: string): PublicKey {
  const start = text.indexOf(BEGIN);
  const end = text.indexOf(END, start);
  if (start === -1 || end === -1 || text.length > LONGEST_FILE) {
    throw new ConfigurationError('this is no public key as in RFC 4716');
  }
  const lines = text
    .slice(start + BEGIN.length, end)
    .split(/\r\n|\r|\n/)
    .slice(1);
  const { comment, body } = readHeaders(lines);
  const blob = decodeBase64(body.join('').replace(/\s+/g, ''));
  if (blob === undefined) throw new ConfigurationError('the public key is not base64');
  const type = keyTypeOf(blob) ?? '';
  const keyType = publicKeyTypeOf(type);
  if (keyType === undefined) throw new ConfigurationError(`the key type ${shown(type)} is not supported`);
  if (!keyType.isUsable(blob)) throw new ConfigurationError(`the key is not a usable ${type} key`);
  return { type, blob, comment: comment.trim() };
}

/** @throws ConfigurationError for a comment that does not fit in a header. */
export function formatRfc4716({ blob, comment }: PublicKey): string {
  if (/["\\]|[^\x20-\x7e]/.test(comment) || comment.length > LONGEST_VALUE - 2) {
    throw new ConfigurationError('the comment of a key cannot stand in a header of RFC 4716');
  }
  const header = `Comment: "${comment}"`;
  const headerLines = header.match(new RegExp(`.{1,${LINE_LENGTH - 1}}`, 'g')) ?? [];
  const lines = encodeBase64(blob).match(new RegExp(`.{1,${BASE64_LENGTH}}`, 'g')) ?? [];
  return [BEGIN, ...(comment === '' ? [] : [headerLines.join('\\\n')]), ...lines, END, ''].join('\n');
}
