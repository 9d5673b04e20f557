/** The picture of a key drawn by `ssh-keygen -lv`: the path of a drunken bishop (sshkey.c's `fingerprint_randomart`). */
import { decodeRsaPublicKey } from '../algorithms/rsa.js';
import { hash } from '../crypto/noble/hashes.js';
import { ConfigurationError } from '../errors.js';
import { keyTypeOf, shown } from './public-key.js';

const WIDTH = 17;
const HEIGHT = 9;
/** Indexed by the number of the bishop's visits; the last two mark its start and its end. */
const SYMBOLS = ' .o+=*BOX@%&#/^SE';
const BEGIN = SYMBOLS.length - 2;
const END = SYMBOLS.length - 1;

interface KeyKind {
  readonly kind: string;
  readonly bits: number;
}

const kinds = new Map<string, KeyKind>([
  ['ssh-ed25519', { kind: 'ED25519', bits: 256 }],
  ['ecdsa-sha2-nistp256', { kind: 'ECDSA', bits: 256 }],
  ['ecdsa-sha2-nistp384', { kind: 'ECDSA', bits: 384 }],
  ['ecdsa-sha2-nistp521', { kind: 'ECDSA', bits: 521 }],
  ['sk-ssh-ed25519@openssh.com', { kind: 'ED25519-SK', bits: 256 }],
  ['sk-ecdsa-sha2-nistp256@openssh.com', { kind: 'ECDSA-SK', bits: 256 }],
]);

/** The kind and size that `ssh-keygen -l` shows for a key. @throws ConfigurationError for a key of an unknown type. */
export function keyKindOf(blob: Uint8Array): KeyKind {
  const type = keyTypeOf(blob) ?? '';
  const rsa = decodeRsaPublicKey(blob);
  if (rsa !== undefined) return { kind: 'RSA', bits: rsa.n.length * 8 - (Math.clz32(rsa.n[0]!) - 24) };
  const kind = kinds.get(type);
  if (kind === undefined) throw new ConfigurationError(`the key type ${shown(type)} is not supported`);
  return kind;
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(value, size - 1));
}

/** A line of dashes with a title in its middle. */
function frame(title: string): string {
  const before = Math.floor((WIDTH - title.length) / 2);
  return `+${title.padStart(before + title.length, '-').padEnd(WIDTH, '-')}+`;
}

/** Eleven lines, without a final line end. */
export function randomart(blob: Uint8Array): string {
  const visits = Array.from({ length: HEIGHT }, () => new Uint8Array(WIDTH));
  let x = WIDTH >> 1;
  let y = HEIGHT >> 1;
  for (const byte of hash('sha256', blob)) {
    for (let shift = 0; shift < 8; shift += 2) {
      const step = byte >> shift;
      x = clamp(x + ((step & 1) === 0 ? -1 : 1), WIDTH);
      y = clamp(y + ((step & 2) === 0 ? -1 : 1), HEIGHT);
      if (visits[y]![x]! < BEGIN - 1) visits[y]![x]! += 1;
    }
  }
  visits[HEIGHT >> 1]![WIDTH >> 1] = BEGIN;
  visits[y]![x] = END;
  const { kind, bits } = keyKindOf(blob);
  const rows = visits.map((row) => `|${Array.from(row, (count) => SYMBOLS[count]).join('')}|`);
  return [frame(`[${kind} ${bits}]`), ...rows, frame('[SHA256]')].join('\n');
}
