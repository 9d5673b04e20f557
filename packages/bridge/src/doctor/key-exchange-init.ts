/** RFC 4253 §4.2 and §7.1: a server's identification and the algorithms it offers, both sent before any keys exist. */

/** The lists worth showing, named as in RFC 4253 §7.1. */
export interface Offer {
  readonly kexAlgorithms: readonly string[];
  readonly serverHostKeyAlgorithms: readonly string[];
  readonly encryptionAlgorithms: readonly string[];
  readonly macAlgorithms: readonly string[];
}

const SSH_MSG_KEXINIT = 20;
/** §4.2: the longest line, with its end, and how much a server may send before it, in bytes. */
const MAX_LINE = 255;
const MAX_PREAMBLE = 8 * 1024;
/** §6.1: the packet size that every implementation must accept, in bytes. */
const MAX_PACKET = 35_000;
const COOKIE = 16;

export type Found<T> = { readonly value: T; readonly rest: Buffer } | 'incomplete' | 'malformed';

/** Finds the line that begins with `SSH-`; a server may send other lines before it. */
export function findIdentification(bytes: Buffer): Found<string> {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf('\n', start);
    if (end < 0) return bytes.length - start > MAX_LINE || start > MAX_PREAMBLE ? 'malformed' : 'incomplete';
    const line = bytes.toString('latin1', start, end).replace(/\r$/, '');
    if (line.startsWith('SSH-')) {
      return line.startsWith('SSH-2.0-') || line.startsWith('SSH-1.99-')
        ? { value: line, rest: bytes.subarray(end + 1) }
        : 'malformed';
    }
    start = end + 1;
  }
}

/** Reads the first packet, which is the server's SSH_MSG_KEXINIT. */
export function readOffer(bytes: Buffer): Found<Offer> {
  if (bytes.length < 6) return 'incomplete';
  const length = bytes.readUInt32BE(0);
  if (length > MAX_PACKET) return 'malformed';
  if (bytes.length < 4 + length) return 'incomplete';
  const payload = bytes.subarray(5, 4 + length - bytes.readUInt8(4));
  if (payload[0] !== SSH_MSG_KEXINIT) return 'malformed';
  const lists = readLists(payload.subarray(1 + COOKIE));
  const [kex, hostKeys, , encryption, , macs] = lists ?? [];
  if (!kex || !hostKeys || !encryption || !macs) return 'malformed';
  const value = {
    kexAlgorithms: kex,
    serverHostKeyAlgorithms: hostKeys,
    encryptionAlgorithms: encryption,
    macAlgorithms: macs,
  };
  return { value, rest: bytes.subarray(4 + length) };
}

/** The first six of the ten name-lists (RFC 4251 §5); of each pair, client to server comes first. */
function readLists(bytes: Buffer): readonly (readonly string[])[] | undefined {
  const lists: string[][] = [];
  let offset = 0;
  while (lists.length < 6) {
    if (offset + 4 > bytes.length) return undefined;
    const end = offset + 4 + bytes.readUInt32BE(offset);
    if (end > bytes.length) return undefined;
    lists.push(bytes.toString('latin1', offset + 4, end).split(','));
    offset = end;
  }
  return lists;
}
