/** RFC 5656 §3: public keys and signatures `ecdsa-sha2-*`. */
import type { CurveName, HashName } from '../crypto/provider.js';
import { isUncompressedPoint } from '../crypto/uncompressed-point.js';
import { mpint, string, text } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { SignatureAlgorithm } from './algorithm.js';
import { decodeOrUndefined, decodeSignature, encodeSignature } from './signature-blob.js';

/** What differs from curve to curve. */
export interface EcdsaParameters {
  readonly name: string;
  readonly curve: CurveName;
  readonly hash: HashName;
  /** Length of a coordinate, and of r and s, in bytes. */
  readonly fieldLength: number;
}

export const ecdsaNistp256: EcdsaParameters = {
  name: 'ecdsa-sha2-nistp256',
  curve: 'nistp256',
  hash: 'sha256',
  fieldLength: 32,
};

export const ecdsaNistp384: EcdsaParameters = {
  name: 'ecdsa-sha2-nistp384',
  curve: 'nistp384',
  hash: 'sha384',
  fieldLength: 48,
};

export const ecdsaNistp521: EcdsaParameters = {
  name: 'ecdsa-sha2-nistp521',
  curve: 'nistp521',
  hash: 'sha512',
  fieldLength: 66,
};

const publicKeyBlob = record({ type: text, curve: text, point: string });
const signatureIntegers = record({ r: mpint, s: mpint });

export function encodeEcdsaPublicKey({ name, curve }: EcdsaParameters, point: Uint8Array): Uint8Array {
  return publicKeyBlob.encode({ type: name, curve, point });
}

/** The uncompressed point in a blob; undefined if the blob is not a key of this kind. */
export function decodeEcdsaPublicKey(parameters: EcdsaParameters, blob: Uint8Array): Uint8Array | undefined {
  const values = decodeOrUndefined(publicKeyBlob, blob);
  if (values?.type !== parameters.name || values.curve !== parameters.curve) return undefined;
  return isUncompressedPoint(parameters, values.point) ? values.point : undefined;
}

/** The signature blob of `r ‖ s`. */
export function encodeEcdsaSignature({ name, fieldLength }: EcdsaParameters, signature: Uint8Array): Uint8Array {
  const integers = { r: signature.subarray(0, fieldLength), s: signature.subarray(fieldLength) };
  return encodeSignature(name, signatureIntegers.encode(integers));
}

/** RFC 5656 §3.1.2: `r ‖ s` from `mpint r ‖ mpint s`; undefined if these are malformed, negative, not minimal or too long. */
export function decodeEcdsaIntegers({ fieldLength }: EcdsaParameters, bytes: Uint8Array): Uint8Array | undefined {
  const integers = decodeOrUndefined(signatureIntegers, bytes);
  if (integers === undefined || integers.r.length > fieldLength || integers.s.length > fieldLength) return undefined;
  const signature = new Uint8Array(2 * fieldLength);
  signature.set(integers.r, fieldLength - integers.r.length);
  signature.set(integers.s, 2 * fieldLength - integers.s.length);
  return signature;
}

export function ecdsaSha2(parameters: EcdsaParameters): SignatureAlgorithm {
  return {
    keyType: parameters.name,
    provesHosts: true,
    isUsableKey: (publicKey) => decodeEcdsaPublicKey(parameters, publicKey) !== undefined,
    verify: (crypto, publicKey, message, signature) => {
      const point = decodeEcdsaPublicKey(parameters, publicKey);
      const bytes = decodeSignature(parameters.name, signature);
      const integers = bytes && decodeEcdsaIntegers(parameters, bytes);
      if (point === undefined || integers === undefined) return false;
      return crypto.ecdsa[parameters.curve].verify(parameters.hash, point, message, integers);
    },
  };
}
