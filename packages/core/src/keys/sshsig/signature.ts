/** OpenSSH's PROTOCOL.sshsig: signatures of files and messages, as made by `ssh-keygen -Y sign`. */
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { SignatureAlgorithm, Signer } from '../../algorithms/algorithm.js';
import { certificateName } from '../../algorithms/certificate.js';
import { certificateSignatures } from '../../algorithms/certificates.js';
import { SSH_RSA } from '../../algorithms/rsa.js';
import { signatures } from '../../algorithms/table.js';
import { decodeBase64, encodeBase64 } from '../../crypto/base64.js';
import { portableCrypto } from '../../crypto/portable.js';
import { loadCrypto, type CryptoSource } from '../../crypto/provider.js';
import { ConfigurationError, ProtocolError } from '../../errors.js';
import { fixed, string, text, uint32 } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import { keyTypeOf } from '../public-key.js';

const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const MAGIC = new TextEncoder().encode('SSHSIG');
const VERSION = 1;
const LINE_LENGTH = 70;
/** Security: a longer text is not a signature. In UTF-16 units: one by 8192-bit RSA takes 4000. */
const LONGEST_TEXT = 2 ** 15;
const NO_BYTES = new Uint8Array(0);

const hashes = { sha512, sha256 } as const;
export type SignatureHash = keyof typeof hashes;

const blobFields = record({
  magic: fixed(MAGIC.length),
  version: uint32,
  publicKey: string,
  namespace: text,
  reserved: string,
  hash: text,
  signature: string,
});
const signedFields = record({
  magic: fixed(MAGIC.length),
  namespace: text,
  reserved: string,
  hash: text,
  digest: string,
});

/** A signature and the key that claims to have made it. Nothing in it is proven until it is verified. */
export interface SshSignature {
  /** The blob of the key, or of its certificate. */
  readonly publicKey: Uint8Array;
  /** What the signature is for, for example `file` or `git`: a signature for one purpose means nothing for another. */
  readonly namespace: string;
  readonly hash: SignatureHash;
  /** The signature blob, `string name ‖ string bytes`. */
  readonly signature: Uint8Array;
}

/** What is signed: the whole message, or its chunks in order. */
export type SignedMessage = Uint8Array | AsyncIterable<Uint8Array>;

function isSignatureHash(name: string): name is SignatureHash {
  return Object.hasOwn(hashes, name);
}

/** Reads the text. @throws ConfigurationError if it is malformed, of another version, or uses an unsupported hash. */
export function parseSshSignature(armored: string): SshSignature {
  const end = armored.indexOf(`\n${END}`);
  if (!armored.startsWith(BEGIN) || end === -1 || end > LONGEST_TEXT) {
    throw new ConfigurationError('this is no SSH signature');
  }
  const blob = decodeBase64(armored.slice(BEGIN.length, end).replace(/\s+/g, ''));
  if (blob === undefined) throw new ConfigurationError('the SSH signature is not base64');
  try {
    return decodeSignatureBlob(blob);
  } catch (error) {
    if (error instanceof ProtocolError)
      throw new ConfigurationError(`the SSH signature is malformed: ${error.message}`);
    throw error;
  }
}

function decodeSignatureBlob(blob: Uint8Array): SshSignature {
  const { magic, version, publicKey, namespace, hash, signature } = blobFields.decode(blob);
  if (magic.some((byte, index) => byte !== MAGIC[index])) throw new ProtocolError('the magic is missing');
  if (version !== VERSION) throw new ProtocolError(`version ${version}, expected ${VERSION}`);
  if (namespace === '') throw new ProtocolError('the namespace is empty');
  if (!isSignatureHash(hash)) throw new ProtocolError('the hash is neither sha256 nor sha512');
  return { publicKey, namespace, hash, signature };
}

/** The text that `ssh-keygen -Y verify` reads. */
export function formatSshSignature(signature: SshSignature): string {
  const blob = blobFields.encode({ magic: MAGIC, version: VERSION, reserved: NO_BYTES, ...signature });
  const lines = encodeBase64(blob).match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [BEGIN, ...lines, END, ''].join('\n');
}

/** Interop: the reserved field is covered as if it were empty, which is what OpenSSH signs and verifies. */
async function signedBytes(message: SignedMessage, namespace: string, hash: SignatureHash): Promise<Uint8Array> {
  const state = hashes[hash].create();
  if (message instanceof Uint8Array) state.update(message);
  else for await (const chunk of message) state.update(chunk);
  return signedFields.encode({ magic: MAGIC, namespace, reserved: NO_BYTES, hash, digest: state.digest() });
}

export interface SignMessageOptions {
  /** What the signature is for; not empty. ssh-keygen uses `file` for files, git uses `git` for commits and tags. */
  readonly namespace: string;
  /** sha512 by default. */
  readonly hash?: SignatureHash;
}

/**
 * Signs with any signer: a private key, one in WebCrypto, an agent. @throws ConfigurationError for an empty namespace
 * and for a signer that supports only SHA-1.
 */
export async function signMessage(
  signer: Signer,
  message: SignedMessage,
  { namespace, hash = 'sha512' }: SignMessageOptions,
): Promise<SshSignature> {
  if (namespace === '') throw new ConfigurationError('an SSH signature needs a namespace: what it is for');
  // Security: RSA over SHA-1 is neither made nor accepted here, even if the signer supports it.
  const algorithm = signer.algorithms.find((name) => name !== SSH_RSA && name !== certificateName(SSH_RSA));
  if (algorithm === undefined) throw new ConfigurationError('the key makes no signature that is accepted here');
  const signature = await signer.sign(algorithm, await signedBytes(message, namespace, hash));
  return { publicKey: signer.publicKey, namespace, hash, signature };
}

export interface VerifyMessageOptions {
  /** What the signature must be for. */
  readonly namespace: string;
  /** The portable provider by default. */
  readonly crypto?: CryptoSource;
}

const rows: Readonly<Record<string, SignatureAlgorithm>> = { ...signatures, ...certificateSignatures };

/** The row named by the signature blob, for a plain or certified key, if the key signs with that algorithm. */
function rowOf({ publicKey, signature }: SshSignature): SignatureAlgorithm | undefined {
  const name = keyTypeOf(signature) ?? '';
  const type = keyTypeOf(publicKey);
  const named = [name, certificateName(name)].map((one) => (Object.hasOwn(rows, one) ? rows[one] : undefined));
  return named.find((row) => row?.keyType === type);
}

/**
 * Whether the signature's key made it, over that message and for that purpose; for a certificate, also whether its
 * authority signed it. Security: this does not say whose key it is: check it against what you know, for example with
 * `AllowedSigners`.
 */
export async function verifyMessage(
  signature: SshSignature,
  message: SignedMessage,
  { namespace, crypto = portableCrypto }: VerifyMessageOptions,
): Promise<boolean> {
  const row = rowOf(signature);
  if (signature.namespace !== namespace || row === undefined) return false;
  const bytes = await signedBytes(message, namespace, signature.hash);
  return row.verify(await loadCrypto(crypto), signature.publicKey, bytes, signature.signature);
}
