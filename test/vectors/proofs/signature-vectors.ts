/** Wycheproof: Ed25519, ECDSA and RSA, as SSH blobs through the rows that verify signatures. */
import {
  ecdsaNistp256,
  ecdsaNistp384,
  ecdsaNistp521,
  encodeEcdsaPublicKey,
} from '../../../packages/core/src/algorithms/ecdsa.js';
import { encodeEd25519PublicKey } from '../../../packages/core/src/algorithms/ed25519.js';
import { encodeRsaPublicKey } from '../../../packages/core/src/algorithms/rsa.js';
import { encodeSignature } from '../../../packages/core/src/algorithms/signature-blob.js';
import { signatures } from '../../../packages/core/src/algorithms/table.js';
import { concat, str } from '../../attacks/bytes.js';
import { hex } from '../bytes.js';
import { oneIn, provenBy } from '../vector-file.js';

const NOT_AN_SSH_SIGNATURE = 'is no sequence of two integers in DER, so no SSH signature has them';

/** The content of a DER element of that tag and what follows it; undefined if the length is not valid DER. */
function readElement(bytes: Uint8Array, tag: number): readonly [content: Uint8Array, rest: Uint8Array] | undefined {
  const [actual, first = 0] = bytes;
  const isLong = first === 0x81;
  const length = isLong ? (bytes[2] ?? 0) : first;
  const start = isLong ? 3 : 2;
  if (actual !== tag || (isLong ? length < 0x80 : first >= 0x80) || bytes.length < start + length) return undefined;
  return [bytes.subarray(start, start + length), bytes.subarray(start + length)];
}

/**
 * The bytes of an SSH signature (RFC 5656 §3.1.2) with the integers of one in DER, negative, too long or padded as these may
 * be: the content of a DER integer is that of an mpint.
 */
function fromDer(signature: Uint8Array): Uint8Array | undefined {
  const [sequence, behind] = readElement(signature, 0x30) ?? [];
  const [r, rest] = (sequence && readElement(sequence, 0x02)) ?? [];
  const [s, end] = (rest && readElement(rest, 0x02)) ?? [];
  if (r === undefined || s === undefined || behind?.length !== 0 || end?.length !== 0) return undefined;
  return concat(str(r), str(s));
}

const ARITHMETIC = ['SpecialCaseHash', 'ArithmeticError'];

const ecdsaFiles = [
  { parameters: ecdsaNistp256, curve: 'nistp256', hash: 'secp256r1_sha256', ran: 293, leftOut: 121, not: 191 },
  { parameters: ecdsaNistp384, curve: 'nistp384', hash: 'secp384r1_sha384', ran: 313, leftOut: 143, not: 191 },
  { parameters: ecdsaNistp521, curve: 'nistp521', hash: 'secp521r1_sha512', ran: 352, leftOut: 179, not: 190 },
] as const;

const rsaFiles = [
  ['rsa-sha2-256', 'rsa_signature_2048_sha256_test.json', 259],
  ['rsa-sha2-512', 'rsa_signature_2048_sha512_test.json', 259],
  ['rsa-sha2-256', 'rsa_signature_3072_sha256_test.json', 259],
  ['rsa-sha2-512', 'rsa_signature_3072_sha512_test.json', 260],
] as const;

const ed25519 = provenBy({
  file: 'ed25519_test.json',
  about: ['Ed25519'],
  counts: { ran: 151 },
  check: (provider) => async (item) => {
    const publicKey = encodeEd25519PublicKey(hex(item.text('publicKey.pk')));
    const signature = encodeSignature('ssh-ed25519', hex(item.text('sig')));
    const verified = await signatures['ssh-ed25519'].verify(provider, publicKey, hex(item.text('msg')), signature);
    return verified === (item.result === 'valid');
  },
});

const ecdsa = ecdsaFiles.map(({ parameters, curve, hash, ran, leftOut, not }) =>
  provenBy({
    file: `ecdsa_${hash}_test.json`,
    about: [`ECDSA over ${curve}`],
    counts: { ran, [NOT_AN_SSH_SIGNATURE]: not },
    numerous: oneIn(8, ARITHMETIC, leftOut),
    check: (provider) => async (item) => {
      const integers = fromDer(hex(item.text('sig')));
      if (integers === undefined) return item.result === 'invalid' && NOT_AN_SSH_SIGNATURE;
      const publicKey = encodeEcdsaPublicKey(parameters, hex(item.text('publicKey.uncompressed')));
      const signature = encodeSignature(parameters.name, integers);
      const { verify } = signatures[`ecdsa-sha2-${curve}`];
      return (await verify(provider, publicKey, hex(item.text('msg')), signature)) === (item.result === 'valid');
    },
  }),
);

const rsa = rsaFiles.map(([algorithm, file, ran]) =>
  provenBy({
    file,
    about: ['RSA'],
    counts: { ran },
    check: (provider) => async (item) => {
      const exponent = hex(item.text('publicKey.publicExponent').replace(/^(..)*?.$/, '0$&'));
      const publicKey = encodeRsaPublicKey({ n: hex(item.text('publicKey.modulus')), e: exponent });
      const signature = encodeSignature(algorithm, hex(item.text('sig')));
      const verified = await signatures[algorithm].verify(provider, publicKey, hex(item.text('msg')), signature);
      // The one acceptable case is refused: RFC 8332 requires RFC 8017's encoding, which has the NULL that this one lacks.
      return verified === (item.result === 'valid');
    },
  }),
);

export const signatureVectors = [ed25519, ...ecdsa, ...rsa];
