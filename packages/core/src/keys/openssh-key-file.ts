/** OpenSSH's PROTOCOL.key: files that begin with `-----BEGIN OPENSSH PRIVATE KEY-----`, unencrypted. */
import { decodeBase64, encodeBase64 } from '../crypto/base64.js';
import { portableCrypto } from '../crypto/portable.js';
import { equalBytes, type CryptoSource } from '../crypto/provider.js';
import { randomBytes } from '../crypto/random.js';
import { ConfigurationError, ProtocolError } from '../errors.js';
import { fixed, string, text, uint32 } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { Reader } from '../wire/reader.js';
import { Writer } from '../wire/writer.js';
import { isKeyTypeName, isSecurityKeyTypeName, keyTypes } from './key-types.js';
import { PrivateKey } from './private-key.js';
import { shown } from './public-key.js';

const MAGIC = new TextEncoder().encode('openssh-key-v1\0');
const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';
/** Unencrypted keys are padded as for a cipher of this block length, in bytes. */
const BLOCK_LENGTH = 8;
const LINE_LENGTH = 70;

const envelope = record({
  magic: fixed(MAGIC.length),
  cipher: text,
  kdf: text,
  kdfOptions: string,
  count: uint32,
  publicKey: string,
  secret: string,
});
const secretHead = record({ check: uint32, checkAgain: uint32, type: text });

export interface ParsePrivateKeyOptions {
  /** What the key signs with: the portable provider if not given. */
  readonly crypto?: CryptoSource;
}

/** The bytes between the two lines. @throws ConfigurationError where this is no such file, saying what it is if known. */
function unwrap(file: string): Uint8Array {
  const start = file.indexOf(BEGIN);
  if (start === -1) {
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(file)) {
      throw new ConfigurationError(
        'this private key is in PEM form: `ssh-keygen -p -f FILE` rewrites it as OpenSSH has it',
      );
    }
    if (file.startsWith('PuTTY-User-Key-File-')) {
      throw new ConfigurationError('this is a PuTTY key: `puttygen FILE -O private-openssh-new -o NEW` converts it');
    }
    throw new ConfigurationError('this is not an OpenSSH private key');
  }
  const end = file.indexOf(END, start);
  if (end === -1) throw new ConfigurationError('the private key is cut short');
  const bytes = decodeBase64(file.slice(start + BEGIN.length, end).replace(/\s+/g, ''));
  if (bytes === undefined) throw new ConfigurationError('the private key is not base64');
  return bytes;
}

function readSecret(secret: Uint8Array, publicKey: Uint8Array, crypto: CryptoSource): PrivateKey {
  const reader = new Reader(secret);
  const { check, checkAgain, type } = secretHead.read(reader);
  if (check !== checkAgain) throw new ProtocolError('the check numbers differ');
  if (isSecurityKeyTypeName(type)) {
    throw new ConfigurationError(
      'this key is in a security key, which signs through an agent: the file holds no secret',
    );
  }
  if (!isKeyTypeName(type)) throw new ConfigurationError(`the key type ${shown(type)} is not supported`);
  const material = keyTypes[type].read(reader);
  const comment = reader.text();
  if (reader.rest().some((byte, index) => byte !== ((index + 1) & 0xff)))
    throw new ProtocolError('the padding is wrong');
  if (!equalBytes(material.publicKey, publicKey)) throw new ProtocolError('the public key is another');
  if (!keyTypes[type].isUsable(publicKey)) throw new ConfigurationError(`the key is not a usable ${type} key`);
  return new PrivateKey(type, material, comment, crypto);
}

/**
 * Reads the text of a key file.
 * @throws ConfigurationError where it is encrypted, malformed, or in another form. Nothing of the key is in the message.
 */
export function parsePrivateKey(file: string, { crypto = portableCrypto }: ParsePrivateKeyOptions = {}): PrivateKey {
  return readPrivateKey(file, crypto);
}

/** As `parsePrivateKey`, without a provider of its own. */
export function readPrivateKey(file: string, crypto: CryptoSource): PrivateKey {
  const bytes = unwrap(file);
  try {
    const { magic, cipher, count, publicKey, secret } = envelope.decode(bytes);
    if (!equalBytes(magic, MAGIC)) throw new ProtocolError('the magic is missing');
    if (cipher !== 'none') {
      throw new ConfigurationError(
        'the private key is encrypted: `ssh-keygen -p -f FILE` with an empty new passphrase takes the encryption off',
      );
    }
    if (count !== 1) throw new ConfigurationError(`the file has ${count} private keys, expected one`);
    return readSecret(secret, publicKey, crypto);
  } catch (error) {
    if (error instanceof ProtocolError) throw new ConfigurationError(`the private key is malformed: ${error.message}`);
    throw error;
  }
}

/** The text of an unencrypted key file. Security: this is the key; give it to no one but its owner's disk. */
export function formatPrivateKey(key: PrivateKey): string {
  const check = new Reader(randomBytes(4)).uint32();
  const writer = new Writer();
  secretHead.write(writer, { check, checkAgain: check, type: key.type });
  key.writeSecret(writer);
  writer.text(key.comment);
  for (let padding = 1; writer.offset % BLOCK_LENGTH !== 0; padding += 1) writer.byte(padding);
  const bytes = envelope.encode({
    magic: MAGIC,
    cipher: 'none',
    kdf: 'none',
    kdfOptions: new Uint8Array(0),
    count: 1,
    publicKey: key.publicKey,
    secret: writer.written(),
  });
  const lines = encodeBase64(bytes).match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [BEGIN, ...lines, END, ''].join('\n');
}
