/** Wycheproof: Ed25519, ECDSA over P-256 and RSA, through the rows that verify SSH signatures. */
import { encodeEcdsaPublicKey, encodeEcdsaSignature, ecdsaNistp256 } from '../../packages/core/src/algorithms/ecdsa.js';
import { encodeEd25519PublicKey } from '../../packages/core/src/algorithms/ed25519.js';
import { encodeRsaPublicKey } from '../../packages/core/src/algorithms/rsa.js';
import { encodeSignature } from '../../packages/core/src/algorithms/signature-blob.js';
import { signatures } from '../../packages/core/src/algorithms/table.js';
import { hex, providers } from './providers.js';
import { wycheproof } from './wycheproof.js';

/** r ‖ s of a signature in strict DER whose integers are positive and at most 32 bytes; no other can stand in an SSH signature. */
function readDer(signature: Uint8Array): Uint8Array | undefined {
  const [sequence, length] = signature;
  if (sequence !== 0x30 || length !== signature.length - 2 || length >= 0x80) return undefined;
  const integers: Uint8Array[] = [];
  for (let offset = 2; offset < signature.length;) {
    const size = signature[offset + 1];
    if (signature[offset] !== 0x02 || size === undefined || size === 0) return undefined;
    const value = signature.subarray(offset + 2, offset + 2 + size);
    offset += 2 + size;
    if (value.length !== size || value[0]! >= 0x80) return undefined;
    if (value[0] === 0 && size > 1 && value[1]! < 0x80) return undefined;
    integers.push(value[0] === 0 ? value.subarray(1) : value);
  }
  if (integers.length !== 2 || integers.some((integer) => integer.length > 32)) return undefined;
  const joined = new Uint8Array(64);
  for (const [index, integer] of integers.entries()) joined.set(integer, 32 * (index + 1) - integer.length);
  return joined;
}

for (const provider of providers) {
  wycheproof(provider.name, 'ed25519_test.json', 150, async (item) => {
    const publicKey = encodeEd25519PublicKey(hex(item.text('publicKey.pk')));
    const signature = encodeSignature('ssh-ed25519', hex(item.text('sig')));
    const verified = await signatures['ssh-ed25519'].verify(provider, publicKey, hex(item.text('msg')), signature);
    return verified === (item.result === 'valid');
  });

  wycheproof(provider.name, 'ecdsa_secp256r1_sha256_test.json', 200, async (item) => {
    const integers = readDer(hex(item.text('sig')));
    if (integers === undefined) return item.result === 'invalid' ? undefined : false;
    const publicKey = encodeEcdsaPublicKey(ecdsaNistp256, hex(item.text('publicKey.uncompressed')));
    const signature = encodeEcdsaSignature(ecdsaNistp256, integers);
    const row = signatures['ecdsa-sha2-nistp256'];
    return (await row.verify(provider, publicKey, hex(item.text('msg')), signature)) === (item.result === 'valid');
  });

  for (const [algorithm, file] of [
    ['rsa-sha2-256', 'rsa_signature_2048_sha256_test.json'],
    ['rsa-sha2-512', 'rsa_signature_2048_sha512_test.json'],
  ] as const) {
    wycheproof(provider.name, file, 240, async (item) => {
      const exponent = hex(item.text('publicKey.publicExponent').replace(/^(..)*?.$/, '0$&'));
      const publicKey = encodeRsaPublicKey({ n: hex(item.text('publicKey.modulus')), e: exponent });
      const signature = encodeSignature(algorithm, hex(item.text('sig')));
      const verified = await signatures[algorithm].verify(provider, publicKey, hex(item.text('msg')), signature);
      // RFC 8332 asks for RFC 8017's encoding, which has the NULL that some signers left out.
      return verified === (item.result === 'valid');
    });
  }
}
