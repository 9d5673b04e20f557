/** PuTTY's .ppk files (appendix C of its manual): the lines of the text. */
import { decodeBase64, encodeBase64 } from '../../crypto/base64.js';
import { ConfigurationError, KeyFileError } from '../../errors.js';
import { shown } from '../public-key.js';
import { malformed } from './key-parts.js';

export interface Argon2Cost {
  readonly flavour: 'Argon2id' | 'Argon2i' | 'Argon2d';
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
}

export interface PuttyText {
  readonly version: 2 | 3;
  readonly type: string;
  readonly encryption: 'none' | 'aes256-cbc';
  readonly comment: string;
  readonly publicKey: Uint8Array;
  /** For encrypted files of version 3. */
  readonly cost: Argon2Cost | undefined;
  /** As stored: encrypted, unless `encryption` is none. */
  readonly secret: Uint8Array;
  readonly mac: Uint8Array;
}

const HEAD = 'PuTTY-User-Key-File-';
const LINE_LENGTH = 64;
const MOST_LINES = 1000;
/** Security: a file determines the time it takes to open it. 128 MiB; 1 GiB over all passes takes some seconds. */
const MAXIMUM_MEMORY = 2 ** 17;
const MAXIMUM_MEMORY_PASSES = 2 ** 20;
const MAXIMUM_PARALLELISM = 16;
const MINIMUM_SALT_LENGTH = 8;
const MAXIMUM_SALT_LENGTH = 64;

export function isPuttyText(text: string): boolean {
  return text.startsWith(HEAD);
}

/** Reads `Name: value` lines in the required order. */
class PuttyLines {
  readonly #lines: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#lines = text.split(/\r\n|\r|\n/);
  }

  value(name: string): string {
    const line = this.#lines[this.#next] ?? '';
    if (!line.startsWith(`${name}: `)) throw malformed(`a line ${name} is missing`);
    this.#next += 1;
    return line.slice(name.length + 2);
  }

  number(name: string): number {
    const digits = this.value(name);
    if (!/^\d{1,9}$/.test(digits)) throw malformed(`${name} is no number`);
    return Number(digits);
  }

  hexadecimal(name: string): Uint8Array {
    const digits = this.value(name);
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits)) throw malformed(`${name} is not hexadecimal`);
    return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }

  base64(name: string): Uint8Array {
    const count = this.number(name);
    if (count > MOST_LINES) throw malformed(`${name} is too great`);
    const bytes = decodeBase64(this.#lines.slice(this.#next, this.#next + count).join(''));
    if (bytes === undefined) throw malformed('it is not base64');
    this.#next += count;
    return bytes;
  }
}

function flavourOf(name: string): Argon2Cost['flavour'] {
  if (name === 'Argon2id' || name === 'Argon2i' || name === 'Argon2d') return name;
  throw new KeyFileError('unsupported', `the private key is encrypted by ${shown(name)}, which is not supported`);
}

function readCost(lines: PuttyLines): Argon2Cost {
  const flavour = flavourOf(lines.value('Key-Derivation'));
  const memory = lines.number('Argon2-Memory');
  const passes = lines.number('Argon2-Passes');
  const parallelism = lines.number('Argon2-Parallelism');
  const salt = lines.hexadecimal('Argon2-Salt');
  if (memory > MAXIMUM_MEMORY || memory * passes > MAXIMUM_MEMORY_PASSES || parallelism > MAXIMUM_PARALLELISM) {
    throw new KeyFileError('too-costly', 'the private key asks for more memory or passes than are spent on a file');
  }
  const isCost = passes >= 1 && parallelism >= 1 && memory >= 8 * parallelism;
  if (!isCost || salt.length < MINIMUM_SALT_LENGTH || salt.length > MAXIMUM_SALT_LENGTH) {
    throw malformed('its cost is no cost');
  }
  return { flavour, memory, passes, parallelism, salt };
}

/** @throws KeyFileError */
export function parsePuttyText(text: string): PuttyText {
  const version = text.startsWith(`${HEAD}3: `) ? 3 : text.startsWith(`${HEAD}2: `) ? 2 : undefined;
  if (version === undefined) throw new KeyFileError('unsupported', 'PuTTY keys of that version are not supported');
  const lines = new PuttyLines(text);
  const type = lines.value(`${HEAD}${version}`);
  const encryption = lines.value('Encryption');
  if (encryption !== 'none' && encryption !== 'aes256-cbc') {
    throw new KeyFileError(
      'unsupported',
      `the private key is encrypted by ${shown(encryption)}, which is not supported`,
    );
  }
  const comment = lines.value('Comment');
  const publicKey = lines.base64('Public-Lines');
  const cost = version === 3 && encryption !== 'none' ? readCost(lines) : undefined;
  const secret = lines.base64('Private-Lines');
  return { version, type, encryption, comment, publicKey, cost, secret, mac: lines.hexadecimal('Private-MAC') };
}

function base64Lines(name: string, bytes: Uint8Array): readonly string[] {
  const lines = encodeBase64(bytes).match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [`${name}: ${lines.length}`, ...lines];
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws ConfigurationError for a comment that would not stay on its line. */
export function formatPuttyText({
  type,
  version,
  encryption,
  comment,
  publicKey,
  cost,
  secret,
  mac,
}: PuttyText): string {
  if (/[\r\n]/.test(comment)) throw new ConfigurationError('the comment of a key has a line end');
  const costLines =
    cost === undefined
      ? []
      : [
          `Key-Derivation: ${cost.flavour}`,
          `Argon2-Memory: ${cost.memory}`,
          `Argon2-Passes: ${cost.passes}`,
          `Argon2-Parallelism: ${cost.parallelism}`,
          `Argon2-Salt: ${hexadecimal(cost.salt)}`,
        ];
  return [
    `${HEAD}${version}: ${type}`,
    `Encryption: ${encryption}`,
    `Comment: ${comment}`,
    ...base64Lines('Public-Lines', publicKey),
    ...costLines,
    ...base64Lines('Private-Lines', secret),
    `Private-MAC: ${hexadecimal(mac)}`,
    '',
  ].join('\n');
}
