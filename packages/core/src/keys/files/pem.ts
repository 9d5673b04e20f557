/** RFC 7468 and RFC 1421: text between `-----BEGIN LABEL-----` and `-----END LABEL-----`, with OpenSSL's optional headers. */
import { decodeBase64, encodeBase64 } from '../../crypto/base64.js';
import { malformed } from './key-parts.js';

export interface PemBlock {
  readonly label: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

const BEGIN_PRIVATE_KEY = /-----BEGIN ((?:[A-Z0-9]+ ){0,2}PRIVATE KEY)-----[ \t]*\r?\n/;
const HEADER = /^([A-Za-z-]{1,32}):[ \t]*(.*)$/;
const LINE_LENGTH = 64;

/** The first private key in a text, possibly preceded by the parameters of its curve; undefined if there is none. */
export function parsePem(text: string): PemBlock | undefined {
  const begin = BEGIN_PRIVATE_KEY.exec(text);
  if (begin === null) return undefined;
  const [line, label = ''] = begin;
  const start = begin.index + line.length;
  const end = text.indexOf(`-----END ${label}-----`, start);
  if (end === -1) throw malformed('it is cut short');
  const lines = text.slice(start, end).split('\n');
  const headers = new Map<string, string>();
  let next = 0;
  for (
    let header = HEADER.exec(lines[next]!.trim());
    header !== null;
    header = HEADER.exec(lines[next]?.trim() ?? '')
  ) {
    headers.set(header[1]!.toLowerCase(), header[2]!);
    next += 1;
  }
  const bytes = decodeBase64(lines.slice(next).join('').replace(/\s+/g, ''));
  if (bytes === undefined) throw malformed('it is not base64');
  return { label, headers, bytes };
}

export function formatPem(label: string, bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
