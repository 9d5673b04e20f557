/** OpenSSH's PROTOCOL.krl: revocation lists in the binary format that `ssh-keygen -k` writes. */
import { ConfigurationError, ProtocolError } from '../../errors.js';
import { encodeBase64 } from '../../crypto/base64.js';
import { byte, fixed, mpint, string, text, uint32, uint64 } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import { Reader } from '../../wire/reader.js';
import { fingerprint } from '../public-key.js';
import { RevocationList, type RevokedCertificates } from './revocation-list.js';

const MAGIC = 'SSHKRL\n\0';
const FORMAT_VERSION = 1;
/** Maximum bits of one bitmap; OpenSSH writes smaller ones. */
const MAXIMUM_BITMAP = 64 * 1024;

const header = record({
  magic: fixed(MAGIC.length),
  formatVersion: uint32,
  krlVersion: uint64,
  generatedDate: uint64,
  flags: uint64,
  reserved: string,
  comment: text,
});
const section = record({ type: byte, content: string });
const range = record({ first: uint64, last: uint64 });
const bitmap = record({ offset: uint64, bits: mpint });

const SECTIONS = { certificates: 1, keys: 2, sha1: 3, sha256: 5 } as const;
/** Lengths of hashes in bytes. */
const SHA1_LENGTH = 20;
const SHA256_LENGTH = 32;
const CERTIFICATE_SECTIONS = { serials: 0x20, range: 0x21, bitmap: 0x22, keyIds: 0x23 } as const;

/** @throws ConfigurationError for anything but such a list, and for unknown parts: skipping them would revoke too little. */
export function parseKrl(bytes: Uint8Array): RevocationList {
  try {
    return readKrl(new Reader(bytes));
  } catch (cause) {
    if (cause instanceof ProtocolError) throw new ConfigurationError('the revocation list is malformed', { cause });
    throw cause;
  }
}

function readKrl(reader: Reader): RevocationList {
  const { magic, formatVersion } = header.read(reader);
  if (String.fromCharCode(...magic) !== MAGIC || formatVersion !== FORMAT_VERSION)
    throw new ConfigurationError('this is not a revocation list in the form that `ssh-keygen -k` writes');
  const fingerprints: string[] = [];
  const certificates: RevokedCertificates[] = [];
  while (reader.remaining > 0) {
    const { type, content } = section.read(reader);
    const inner = new Reader(content);
    if (type === SECTIONS.certificates) certificates.push(readCertificates(inner));
    else if (type === SECTIONS.keys) readAll(inner, fingerprints, () => fingerprint(inner.string()));
    else if (type === SECTIONS.sha1) readAll(inner, fingerprints, () => digest('SHA1', inner.string(), SHA1_LENGTH));
    else if (type === SECTIONS.sha256)
      readAll(inner, fingerprints, () => digest('SHA256', inner.string(), SHA256_LENGTH));
    else throw new ConfigurationError(`the revocation list has a section of type ${type}, which is not supported`);
  }
  return new RevocationList({ fingerprints, certificates });
}

/** Appends one by one: a list may have more entries than a call can have arguments. */
function readAll<T>(reader: Reader, to: T[], read: () => T): void {
  while (reader.remaining > 0) to.push(read());
}

function digest(name: string, bytes: Uint8Array, length: number): string {
  if (bytes.length !== length) throw new ConfigurationError('a hash of the revocation list has a wrong length');
  return `${name}:${encodeBase64(bytes).replace(/=+$/, '')}`;
}

/** An empty key means every authority. */
function readCertificates(reader: Reader): RevokedCertificates {
  const authority = reader.string().slice();
  reader.string();
  const serials: (readonly [bigint, bigint])[] = [];
  const keyIds: string[] = [];
  while (reader.remaining > 0) {
    const { type, content } = section.read(reader);
    const inner = new Reader(content);
    if (type === CERTIFICATE_SECTIONS.serials) {
      readAll(inner, serials, () => {
        const serial = uint64.read(inner);
        return [serial, serial] as const;
      });
    } else if (type === CERTIFICATE_SECTIONS.range) {
      const { first, last } = range.decode(content);
      if (last < first) throw new ConfigurationError('a range of the revocation list ends before it begins');
      serials.push([first, last]);
    } else if (type === CERTIFICATE_SECTIONS.bitmap) {
      for (const serial of readBitmap(content)) serials.push(serial);
    } else if (type === CERTIFICATE_SECTIONS.keyIds) {
      readAll(inner, keyIds, () => inner.text());
    } else {
      throw new ConfigurationError(`the revocation list has a section of type ${type}, which is not supported`);
    }
  }
  return { authority: authority.length === 0 ? 'any' : authority, serials, keyIds };
}

/** A number whose bits are serial numbers, starting at `offset`. */
function readBitmap(content: Uint8Array): readonly (readonly [bigint, bigint])[] {
  const { offset, bits } = bitmap.decode(content);
  if (bits.length * 8 > MAXIMUM_BITMAP) throw new ConfigurationError('a bitmap of the revocation list is too long');
  return Array.from({ length: bits.length * 8 }, (_, index) => index).flatMap((index) => {
    const isSet = ((bits[bits.length - 1 - (index >> 3)]! >> (index & 7)) & 1) === 1;
    const serial = offset + BigInt(index);
    return isSet ? [[serial, serial] as const] : [];
  });
}
