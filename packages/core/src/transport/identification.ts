/** RFC 4253 §4.2: protocol version exchange. */
import { ConfigurationError, IdentificationError } from '../errors.js';
import type { Role } from './gate.js';

/** Longest identification string, with CR LF, in bytes. */
const MAXIMUM_LENGTH = 255;
/** What a server may send before its identification, in bytes: a client reads this far (RFC 4253 §4.2 sets no limit). */
const MAXIMUM_PREAMBLE = 8192;
/** How much of a malformed line is shown, in characters. */
const MAXIMUM_SHOWN = 48;
const LF = 10;
/** The RFC requires printable US-ASCII without a minus sign in the software version; peers send minus signs there. */
const IDENTIFICATION = /^SSH-(?:2\.0|1\.99)-[\x20-\x7e]+$/;

/** What ssh-keyscan calls itself, whatever its version. */
const KEYSCAN = 'SSH-2.0-OpenSSH-keyscan';

/**
 * Whether the peer of a server is ssh-keyscan. Interop: it does not announce strict key exchange, prefers
 * chacha20-poly1305, takes the host key from the server's reply and leaves before NEWKEYS.
 */
export function isKeyscan(localRole: Role, remote: string): boolean {
  return localRole === 'server' && remote.startsWith(KEYSCAN);
}

/** The two strings by role, from ours and the peer's. */
export function orderIdentifications(
  role: Role,
  local: string,
  remote: string,
): { readonly client: string; readonly server: string } {
  return role === 'client' ? { client: local, server: remote } : { client: remote, server: local };
}

/** Reads lines until one is the peer's identification string. Keeps only what has arrived of the current line. */
export class IdentificationReader {
  readonly #role: Role;
  #line = '';
  #preamble = 0;

  constructor(role: Role) {
    this.#role = role;
  }

  /**
   * Consumes bytes up to the end of the identification line.
   * @returns the string without CR LF (undefined while incomplete) and how many bytes of `chunk` were consumed.
   * @throws IdentificationError as soon as it is clear that no acceptable one will come.
   */
  receive(chunk: Uint8Array): { readonly identification: string | undefined; readonly used: number } {
    for (let used = 0; used < chunk.length;) {
      const byte = chunk[used++]!;
      if (byte !== LF) {
        this.#line += String.fromCharCode(byte);
        if (this.#isTooLong) throw new IdentificationError('identification string is too long');
        continue;
      }
      const line = this.#line.replace(/\r$/, '');
      this.#line = '';
      if (line.startsWith('SSH-')) return { identification: accept(line), used };
      this.#preamble += line.length + 2;
      if (this.#role === 'server' || this.#preamble > MAXIMUM_PREAMBLE) {
        throw new IdentificationError('the peer does not speak SSH: no line that begins with SSH-');
      }
    }
    return { identification: undefined, used: chunk.length };
  }

  /** The lines that a server may send before its identification have no length limit of their own. */
  get #isTooLong(): boolean {
    const { length } = this.#line;
    if (length < MAXIMUM_LENGTH) return false;
    return this.#role === 'server' || this.#line.startsWith('SSH-') || length > MAXIMUM_PREAMBLE;
  }
}

function accept(line: string): string {
  if (IDENTIFICATION.test(line)) return line;
  if (line.startsWith('SSH-1.')) throw new IdentificationError('the peer speaks SSH-1, which is broken');
  throw new IdentificationError(`malformed identification string ${escaped(line)}`);
}

/** The part of a line that a log may show: short, and without anything that a terminal would interpret. */
function escaped(line: string): string {
  const shown = line.slice(0, MAXIMUM_SHOWN);
  return shown.replace(/[^\x20-\x5b\x5d-\x7e]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The identification string for `software`, e.g. `SSH-2.0-Nacre_0.1`. @throws ConfigurationError if it would not be legal. */
export function formatIdentification(software: string): string {
  const line = `SSH-2.0-${software}`;
  if (line.length > MAXIMUM_LENGTH - 2 || !IDENTIFICATION.test(line))
    throw new ConfigurationError('software must be printable ASCII, at most 245 bytes');
  return line;
}
