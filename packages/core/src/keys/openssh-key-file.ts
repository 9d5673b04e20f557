/**
 * OpenSSH's PROTOCOL.key: files that begin with `-----BEGIN OPENSSH PRIVATE KEY-----`; all of those without a
 * passphrase.
 */
import { decodeBase64, encodeBase64 } from '../crypto/base64.js';
import { equalBytes, type CryptoSource } from '../crypto/provider.js';
import { randomBytes } from '../crypto/random.js';
import { KeyFileError, ProtocolError } from '../errors.js';
import { fixed, looseText, rest, string, text, uint32, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { Reader } from '../wire/reader.js';
import { Writer } from '../wire/writer.js';
import { isKeyTypeName, keyTypes } from './key-types.js';
import { PrivateKey } from './private-key.js';
import { isSecurityKeyTypeName, publicKeyTypes } from './public-key-types.js';
import { shown } from './public-key.js';

const MAGIC = new TextEncoder().encode('openssh-key-v1\0');
const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';
/** Unencrypted keys are padded as for a cipher of this block length, in bytes. */
const BLOCK_LENGTH = 8;
const LINE_LENGTH = 70;
const NO_BYTES = new Uint8Array(0);

const envelopeFields = record({
  magic: fixed(MAGIC.length),
  cipher: text,
  kdf: text,
  kdfOptions: string,
  count: uint32,
  publicKey: string,
  secret: string,
  /** The tag, for ciphers that have one. */
  tag: rest,
});
const secretHead = record({ check: uint32, checkAgain: uint32, type: text });

/** A file without its magic and its count of one. `secret` is encrypted by `cipher`, which may be `none`. */
export type KeyEnvelope = Omit<Values<typeof envelopeFields.fields>, 'magic' | 'count'>;

/** Whether a text contains such a file. */
export function isOpenSshKeyFile(file: string): boolean {
  return file.includes(BEGIN);
}

/** The bytes between the marker lines. @throws KeyFileError if it is another kind of file, which it names if known. */
function unwrap(file: string): Uint8Array {
  const start = file.indexOf(BEGIN);
  if (start === -1) {
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(file) || file.startsWith('PuTTY-User-Key-File-')) {
      throw new KeyFileError(
        'unsupported',
        'this private key is in PEM form or PuTTY’s: `parsePrivateKeyFile` of @nacre/core/keys reads it',
      );
    }
    throw new KeyFileError('unknown-format', 'this is not an OpenSSH private key');
  }
  const end = file.indexOf(END, start);
  if (end === -1) throw new KeyFileError('malformed', 'the private key is cut short');
  const bytes = decodeBase64(file.slice(start + BEGIN.length, end).replace(/\s+/g, ''));
  if (bytes === undefined) throw new KeyFileError('malformed', 'the private key is not base64');
  return bytes;
}

/** Reads everything but the secret. @throws KeyFileError */
export function parseEnvelope(file: string): KeyEnvelope {
  return refuseMalformed(() => {
    const { magic, count, ...envelope } = envelopeFields.decode(unwrap(file));
    if (!equalBytes(magic, MAGIC)) throw new ProtocolError('the magic is missing');
    if (count !== 1) throw new KeyFileError('unsupported', `the file has ${count} private keys, expected one`);
    return envelope;
  });
}

/** The text of a file. */
export function formatEnvelope(envelope: KeyEnvelope): string {
  const bytes = envelopeFields.encode({ magic: MAGIC, count: 1, ...envelope });
  const lines = encodeBase64(bytes).match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [BEGIN, ...lines, END, ''].join('\n');
}

/** Runs `decode` so that it throws nothing but KeyFileError. */
export function refuseMalformed<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ProtocolError)
      throw new KeyFileError('malformed', `the private key is malformed: ${error.message}`);
    throw error;
  }
}

/** Whether the two check numbers match; if not, the passphrase was wrong. */
export function hasEqualChecks(secret: Uint8Array): boolean {
  return secret.length >= 8 && equalBytes(secret.subarray(0, 4), secret.subarray(4, 8));
}

/** Reads the end of a secret: the comment, and padding that counts from 1. @throws ProtocolError */
export function readComment(reader: Reader): string {
  // Interop: ssh-keygen writes the bytes that it was given, which are Latin-1 on older machines.
  const comment = looseText.read(reader);
  const isPadding = reader.rest().every((byte, index) => byte === ((index + 1) & 0xff));
  if (!isPadding) throw new ProtocolError('the padding is wrong');
  return comment;
}

/** Reads the decrypted secret of a file. `publicKey` is the public key stored next to it. @throws KeyFileError */
export function readSecret(secret: Uint8Array, publicKey: Uint8Array, crypto: CryptoSource): PrivateKey {
  return refuseMalformed(() => {
    const reader = new Reader(secret);
    const { check, checkAgain, type } = secretHead.read(reader);
    if (check !== checkAgain) throw new ProtocolError('the check numbers differ');
    if (isSecurityKeyTypeName(type)) {
      throw new KeyFileError(
        'unsupported',
        'this key is in a security key: the file holds its handle, which `parseSecurityKeyFile` of @nacre/core/keys reads',
      );
    }
    if (!isKeyTypeName(type)) throw new KeyFileError('unsupported', `the key type ${shown(type)} is not supported`);
    const material = keyTypes[type].read(reader);
    const comment = readComment(reader);
    if (!equalBytes(material.publicKey, publicKey)) throw new ProtocolError('the public key is another');
    if (!publicKeyTypes[type].isUsable(publicKey)) {
      throw new KeyFileError('unsupported', `the key is not a usable ${type} key`);
    }
    return new PrivateKey(type, material, comment, crypto);
  });
}

/** The secret of a file, before encryption, in whole blocks. Security: this is the key. */
export function encodeSecret(key: PrivateKey, blockLength: number): Uint8Array {
  const check = new Reader(randomBytes(4)).uint32();
  const writer = new Writer();
  secretHead.write(writer, { check, checkAgain: check, type: key.type });
  key.writeSecret(writer);
  writer.text(key.comment);
  for (let padding = 1; writer.offset % blockLength !== 0; padding += 1) writer.byte(padding);
  return writer.written();
}

/**
 * Reads the text of a key file.
 * @throws KeyFileError if it is encrypted, malformed, or in another format. The message reveals nothing of the key.
 */
export function readPrivateKey(file: string, crypto: CryptoSource): PrivateKey {
  const { cipher, publicKey, secret, tag } = parseEnvelope(file);
  if (cipher !== 'none') {
    throw new KeyFileError(
      'passphrase-required',
      'the private key is encrypted: `parsePrivateKeyFile` of @nacre/core/keys reads it with its passphrase',
    );
  }
  if (tag.length > 0) throw new KeyFileError('malformed', 'the private key is malformed: it goes on behind its end');
  return readSecret(secret, publicKey, crypto);
}

/** The text of an unencrypted key file. Security: this is the key; write it only to its owner's disk. */
export function formatPrivateKey(key: PrivateKey): string {
  const secret = encodeSecret(key, BLOCK_LENGTH);
  return formatEnvelope({
    cipher: 'none',
    kdf: 'none',
    kdfOptions: NO_BYTES,
    publicKey: key.publicKey,
    secret,
    tag: NO_BYTES,
  });
}
