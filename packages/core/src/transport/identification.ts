/** RFC 4253 §4.2: protocol version exchange. */
import { ConfigurationError, IdentificationError } from '../errors.js';
import { printable } from '../wire/printable.js';
import type { Role } from './gate.js';

/** Longest identification string, with CR LF, in bytes. */
const MAXIMUM_LENGTH = 255;
/** What a server may send before its identification, in bytes: a client reads this far (RFC 4253 §4.2 sets no limit). */
const MAXIMUM_PREAMBLE = 8192;
/** How much of a malformed identification is shown, in characters. */
const MAXIMUM_SHOWN = 48;
/** How much of what came instead of one is shown, in characters. */
const MAXIMUM_SAID = 160;
const LF = 10;
/** The RFC requires printable US-ASCII without a minus sign in the software version; peers send minus signs there. */
const IDENTIFICATION = /^SSH-(?:2\.0|1\.99)-[\x20-\x7e]+$/;

/** What ssh-keyscan calls itself, whatever its version. */
const KEYSCAN = 'SSH-2.0-OpenSSH-keyscan';

/** The identification strings of both sides: ours from the start, the peer's once its line has come. */
export class Identifications {
  readonly #role: Role;
  readonly local: string;
  remote: string | undefined;
  /** What has come of the current line. */
  #line = '';
  /** The lines before it. */
  #preamble = '';

  constructor(role: Role, local: string, remote?: string) {
    this.#role = role;
    this.local = local;
    this.remote = remote;
  }

  /**
   * Reads lines until one is the peer's identification string.
   * @returns the bytes behind that line; undefined while it is incomplete.
   * @throws IdentificationError as soon as it is clear that no acceptable one will come.
   */
  receive(chunk: Uint8Array): Uint8Array | undefined {
    for (let used = 0; used < chunk.length;) {
      const byte = chunk[used++]!;
      if (byte !== LF) {
        this.#line += String.fromCharCode(byte);
        if (this.#isTooLong) throw new IdentificationError('identification string is too long');
        continue;
      }
      const line = this.#line.replace(/\r$/, '');
      this.#line = '';
      if (line.startsWith('SSH-')) {
        this.remote = accept(line);
        this.#preamble = '';
        return chunk.subarray(used);
      }
      this.#preamble += `${line}\r\n`;
      if (this.#role === 'server' || this.#preamble.length > MAXIMUM_PREAMBLE) {
        const said = this.saidInstead;
        throw new IdentificationError(
          `no line begins with SSH-: the peer does not speak SSH${said && `, but "${said}"`}`,
        );
      }
    }
    return undefined;
  }

  /** The lines that a server may send before its identification have no length limit of their own. */
  get #isTooLong(): boolean {
    const { length } = this.#line;
    if (length < MAXIMUM_LENGTH) return false;
    return this.#role === 'server' || this.#line.startsWith('SSH-') || length > MAXIMUM_PREAMBLE;
  }

  /**
   * What a server that has not identified itself said instead, such as why it will not, for an error to show; else ''.
   * Security: of a client nothing is shown, since what it sends to the wrong port, a request of HTTP say, has secrets.
   */
  get saidInstead(): string {
    const text = this.#role === 'client' && this.remote === undefined ? this.#preamble + this.#line : '';
    return printable(text.trim().replace(/\s+/g, ' '), MAXIMUM_SAID);
  }

  /**
   * Whether the peer is ssh-keyscan. Interop: it does not announce strict key exchange, prefers chacha20-poly1305,
   * takes the host key from the server's reply and leaves before NEWKEYS.
   */
  get isWithKeyscan(): boolean {
    return this.#role === 'server' && this.remote?.startsWith(KEYSCAN) === true;
  }

  /** The two strings by role, once both are known. */
  get byRole(): { readonly client: string; readonly server: string } {
    const [ours, theirs] = [this.local, this.remote!];
    return this.#role === 'client' ? { client: ours, server: theirs } : { client: theirs, server: ours };
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
