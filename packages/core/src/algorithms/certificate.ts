/** OpenSSH's PROTOCOL.certkeys: the format of certificates, and the algorithm rows that sign with certified keys. */
import type { Awaitable } from '../crypto/provider.js';
import { ProtocolError } from '../errors.js';
import { rest, string, text, uint32, uint64, type Field, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { Reader } from '../wire/reader.js';
import { Writer } from '../wire/writer.js';
import type { AlgorithmTables, SignatureAlgorithm } from './algorithm.js';
import { decodeOrUndefined } from './signature-blob.js';

const SUFFIX = '-cert-v01@openssh.com';
const VENDOR = '@openssh.com';
/** As OpenSSH's SSHKEY_CERT_MAX_PRINCIPALS. */
const MAXIMUM_PRINCIPALS = 256;
/** Options and extensions of each kind; OpenSSH knows eight. */
const MAXIMUM_OPTIONS = 64;
const ROLES = { user: 1, host: 2 } as const;

/** Number of key fields after the type. Each has a length prefix, so their contents need not be known. */
const KEY_FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'ssh-rsa': 2,
  'sk-ssh-ed25519@openssh.com': 2,
  'sk-ecdsa-sha2-nistp256@openssh.com': 3,
};

type Rows<Crypto> = AlgorithmTables<Crypto>['signatures'];

/** A critical option or an extension. */
export interface CertificateOption {
  readonly name: string;
  /** As encoded, that is, with an inner length if the option has a value. */
  readonly value: Uint8Array;
}

/** What an authority certifies about a key. */
export interface Certificate {
  /** The name at the start of the blob, for example `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  readonly blob: Uint8Array;
  /** The blob of the certified key. */
  readonly publicKey: Uint8Array;
  readonly nonce: Uint8Array;
  readonly serial: bigint;
  readonly role: keyof typeof ROLES;
  /** Whom it is for, in logs. */
  readonly keyId: string;
  /** Names of users, or of hosts. */
  readonly principals: readonly string[];
  /** Seconds since 1970: valid from the first on, and before the second. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly criticalOptions: readonly CertificateOption[];
  readonly extensions: readonly CertificateOption[];
  /** The blob of the authority's key. */
  readonly signatureKey: Uint8Array;
  /** What the signature covers. */
  readonly signed: Uint8Array;
  /** The signature blob. */
  readonly signature: Uint8Array;
}

/** The certificate name for a key type, or for an algorithm. */
export function certificateName(name: string): string {
  return name.endsWith(VENDOR) ? name.slice(0, -VENDOR.length) + SUFFIX : name + SUFFIX;
}

/** The reverse; undefined if `name` is not a certificate's. */
export function certifiedName(name: string): string | undefined {
  if (!name.endsWith(SUFFIX)) return undefined;
  const plain = name.slice(0, -SUFFIX.length);
  return /^(?:webauthn-)?sk-/.test(plain) ? plain + VENDOR : plain;
}

/** Values of a field, concatenated in a string. */
function packed<T>(item: Field<T>, most: number): Field<readonly T[]> {
  return {
    read: (reader) => {
      const inner = new Reader(reader.string());
      const items: T[] = [];
      while (inner.remaining > 0 && items.length < most) items.push(item.read(inner));
      inner.end();
      return items;
    },
    write: (writer, values) => {
      const inner = new Writer();
      for (const value of values) item.write(inner, value);
      writer.string(inner.written());
    },
  };
}

const options = packed(record({ name: text, value: string }), MAXIMUM_OPTIONS);

/** The fields between the key and the signature. */
const statement = record({
  serial: uint64,
  role: uint32,
  keyId: text,
  principals: packed(text, MAXIMUM_PRINCIPALS),
  validAfter: uint64,
  validBefore: uint64,
  criticalOptions: options,
  extensions: options,
  reserved: string,
  signatureKey: string,
});
const plainKey = record({ type: text, fields: rest });
/** What follows the name differs from algorithm to algorithm: security keys add flags and a counter. */
const signatureBlob = record({ name: text, value: rest });

export type CertificateStatement = Omit<Values<typeof statement.fields>, 'role' | 'reserved'> &
  Pick<Certificate, 'role'>;

/** What an authority signs; `key` is the blob of the certified key. */
export function encodeStatement(key: Uint8Array, nonce: Uint8Array, content: CertificateStatement): Uint8Array {
  const { type, fields } = plainKey.decode(key);
  const stated = { ...content, role: ROLES[content.role], reserved: new Uint8Array(0) };
  const writer = new Writer();
  writer.text(certificateName(type));
  writer.string(nonce);
  writer.fixed(fields);
  statement.write(writer, stated);
  return writer.written();
}

/**
 * Parses a certificate; undefined if it is not one. Verifies neither the signature nor the contents. Security: no key
 * is examined, and nothing is computed: an authority that is itself a certificate is refused by name.
 */
export function decodeCertificate(blob: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(blob);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function readCertificate(blob: Uint8Array): Certificate | undefined {
  const reader = new Reader(blob);
  const type = reader.text();
  const keyType = certifiedName(type) ?? '';
  if (!Object.hasOwn(KEY_FIELDS, keyType)) return undefined;
  const nonce = reader.string();
  const start = reader.offset;
  for (let count = KEY_FIELDS[keyType]!; count > 0; count -= 1) reader.string();
  const publicKey = plainKey.encode({ type: keyType, fields: blob.subarray(start, reader.offset) });
  const { role: number, reserved: _reserved, ...content } = statement.read(reader);
  const signed = blob.subarray(0, reader.offset);
  const signature = reader.string();
  reader.end();
  const role = number === ROLES.user ? 'user' : 'host';
  const { criticalOptions, extensions, signatureKey } = content;
  const isNested = certifiedName(new Reader(signatureKey).text()) !== undefined;
  if (ROLES[role] !== number || isNested || !areInOrder(criticalOptions) || !areInOrder(extensions)) return undefined;
  return { type, blob, publicKey, nonce, ...content, role, signed, signature };
}

/** Sorted by name, without duplicates. */
function areInOrder(sorted: readonly CertificateOption[]): boolean {
  return sorted.every(({ name }, index) => index === 0 || sorted[index - 1]!.name < name);
}

/** Whether the authority named in a certificate has signed it, with one of the algorithms of `authorities`. */
export function isSignedByAuthority<Crypto>(
  crypto: Crypto,
  { signatureKey, signed, signature }: Certificate,
  authorities: Rows<Crypto>,
): Awaitable<boolean> {
  const name = decodeOrUndefined(signatureBlob, signature)?.name ?? '';
  const algorithm = Object.hasOwn(authorities, name) ? authorities[name] : undefined;
  return algorithm?.isUsableKey(signatureKey) === true && algorithm.verify(crypto, signatureKey, signed, signature);
}

/**
 * Certificate rows for keys that sign with the rows of `signatures`; authorities use the same ones. A signature is
 * valid if the certified key made it and the authority's signature of the certificate is valid too. Whether that
 * authority is trusted, and with what, is for the caller to decide.
 */
export function certificateRows<Crypto>(signatures: Rows<Crypto>): Rows<Crypto> {
  // Authorities do not sign with algorithms that only browsers use.
  const authorities = Object.fromEntries(Object.entries(signatures).filter(([, { provesHosts }]) => provesHosts));
  return Object.fromEntries(
    Object.entries(signatures).map(([name, row]) => [certificateName(name), certified(row, authorities)]),
  );
}

function certified<Crypto>(plain: SignatureAlgorithm<Crypto>, authorities: Rows<Crypto>): SignatureAlgorithm<Crypto> {
  const keyType = certificateName(plain.keyType);
  const read = (blob: Uint8Array): Certificate | undefined => {
    const certificate = decodeCertificate(blob);
    return certificate?.type === keyType ? certificate : undefined;
  };
  return {
    ...plain,
    keyType,
    isUsableKey: (blob) => {
      const certificate = read(blob);
      return certificate !== undefined && plain.isUsableKey(certificate.publicKey);
    },
    verify: async (crypto, blob, message, signature) => {
      const certificate = read(blob);
      if (certificate === undefined) return false;
      const isHeld = await plain.verify(crypto, certificate.publicKey, message, signature);
      return isHeld && isSignedByAuthority(crypto, certificate, authorities);
    },
    certifiedKey: (blob) => read(blob)?.publicKey,
    modulusBits: (blob) => {
      const certificate = read(blob);
      return certificate && plain.modulusBits?.(certificate.publicKey);
    },
  };
}
