/** OpenSSH's PROTOCOL.u2f: keys in FIDO security keys, and their signatures `sk-ssh-ed25519@openssh.com` and `sk-ecdsa-sha2-nistp256@openssh.com`. */
import type { CryptoProvider } from '../crypto/provider.js';
import { isUncompressedPoint } from '../crypto/uncompressed-point.js';
import { concatenate } from '../wire/concatenate.js';
import { byte, string, text, uint32 } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { SecurityKeyAssertion, SignatureAlgorithm } from './algorithm.js';
import { decodeEcdsaIntegers, ecdsaNistp256 } from './ecdsa.js';
import { isUsableEd25519Key } from './ed25519.js';
import { decodeOrUndefined } from './signature-blob.js';

export const SK_ED25519 = 'sk-ssh-ed25519@openssh.com';
export const SK_ECDSA = 'sk-ecdsa-sha2-nistp256@openssh.com';

/** W3C Web Authentication §6.1: bits of the authenticator's flags. */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

const ed25519Blob = record({ type: text, publicKey: string, application: string });
const ecdsaBlob = record({ type: text, curve: text, point: string, application: string });
const signatureBlob = record({ name: text, signature: string, flags: byte, counter: uint32 });
const authenticatorData = record({ flags: byte, counter: uint32 });

/** A key, and what it was created for: usually `ssh:`, for passkeys the relying party's domain. */
export interface SecurityKey {
  /** The 32 bytes of an Ed25519 key, or an uncompressed point of P-256. */
  readonly key: Uint8Array;
  readonly application: Uint8Array;
}

/** What an authenticator signed: its flags and counter, and the hash of what it was given. */
export interface AuthenticatorData {
  readonly flags: number;
  readonly counter: number;
}

export function decodeSkEd25519Key(blob: Uint8Array): SecurityKey | undefined {
  const values = decodeOrUndefined(ed25519Blob, blob);
  if (values?.type !== SK_ED25519 || !isUsableEd25519Key(values.publicKey)) return undefined;
  return { key: values.publicKey, application: values.application };
}

export function decodeSkEcdsaKey(blob: Uint8Array): SecurityKey | undefined {
  const values = decodeOrUndefined(ecdsaBlob, blob);
  if (values?.type !== SK_ECDSA || values.curve !== ecdsaNistp256.curve) return undefined;
  return isUncompressedPoint(ecdsaNistp256, values.point)
    ? { key: values.point, application: values.application }
    : undefined;
}

/** SHA256(application) ‖ flags ‖ counter ‖ extensions ‖ SHA256(content). */
export function assertedBytes(
  crypto: CryptoProvider,
  { application }: SecurityKey,
  data: AuthenticatorData,
  { extensions, content }: { readonly extensions: Uint8Array; readonly content: Uint8Array },
): Uint8Array {
  return concatenate([
    crypto.hash('sha256', application),
    authenticatorData.encode(data),
    extensions,
    crypto.hash('sha256', content),
  ]);
}

export function assertionOf({ flags, counter }: AuthenticatorData): SecurityKeyAssertion {
  return { userPresent: (flags & USER_PRESENT) !== 0, userVerified: (flags & USER_VERIFIED) !== 0, counter };
}

function decodeSkSignature(name: string, blob: Uint8Array) {
  const values = decodeOrUndefined(signatureBlob, blob);
  return values?.name === name ? values : undefined;
}

const NO_BYTES = new Uint8Array(0);

export const skEd25519: SignatureAlgorithm = {
  keyType: SK_ED25519,
  provesHosts: true,
  isUsableKey: (publicKey) => decodeSkEd25519Key(publicKey) !== undefined,
  verify: (crypto, publicKey, message, signature) => {
    const key = decodeSkEd25519Key(publicKey);
    const signed = decodeSkSignature(SK_ED25519, signature);
    if (key === undefined || signed === undefined) return false;
    const asserted = assertedBytes(crypto, key, signed, { extensions: NO_BYTES, content: message });
    return crypto.ed25519.verify(key.key, asserted, signed.signature);
  },
  assertion: (signature) => {
    const signed = decodeSkSignature(SK_ED25519, signature);
    return signed && assertionOf(signed);
  },
};

export const skEcdsa: SignatureAlgorithm = {
  keyType: SK_ECDSA,
  provesHosts: true,
  isUsableKey: (publicKey) => decodeSkEcdsaKey(publicKey) !== undefined,
  verify: (crypto, publicKey, message, signature) => {
    const key = decodeSkEcdsaKey(publicKey);
    const signed = decodeSkSignature(SK_ECDSA, signature);
    const integers = signed && decodeEcdsaIntegers(ecdsaNistp256, signed.signature);
    if (key === undefined || signed === undefined || integers === undefined) return false;
    const asserted = assertedBytes(crypto, key, signed, { extensions: NO_BYTES, content: message });
    return crypto.ecdsa.nistp256.verify('sha256', key.key, asserted, integers);
  },
  assertion: (signature) => {
    const signed = decodeSkSignature(SK_ECDSA, signature);
    return signed && assertionOf(signed);
  },
};
