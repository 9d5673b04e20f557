/** Signatures of every provider equal those of noble, or verify with it, and vice versa. */
import * as fc from 'fast-check';
import type { CryptoProvider, CurveName, HashName } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { proof, requireSame, requireThat } from '../proof.js';
import { content } from './content.js';

const HASHES: readonly HashName[] = ['sha256', 'sha384', 'sha512'];
const MESSAGE = Uint8Array.of(1, 2, 3);

async function ed25519(provider: CryptoProvider): Promise<void> {
  await fc.assert(
    fc.asyncProperty(content, async (message) => {
      const { seed, publicKey } = await provider.ed25519.generate();
      const signature = await provider.ed25519.sign(seed, message);
      requireSame(signature, await noble.ed25519.sign(seed, message));
      const changed = signature.slice();
      changed[message.length % 64]! ^= 0x10;
      for (const verifier of [provider, noble]) {
        const verify = (shown: Uint8Array) => verifier.ed25519.verify(publicKey, message, shown);
        requireThat(await verify(signature), `${verifier.name} to take the signature`);
        requireThat(!(await verify(changed)), `${verifier.name} to refuse a changed one`);
        requireThat(!(await verify(signature.subarray(1))), `${verifier.name} to refuse a short one`);
      }
    }),
    { numRuns: 15 },
  );
}

async function ecdsa(provider: CryptoProvider, curve: CurveName, hash: HashName): Promise<void> {
  for (const [maker, signer] of [
    [provider, noble],
    [noble, provider],
  ] as const) {
    const { privateKey, publicKey } = await maker.ecdsa[curve].generate();
    const signature = await signer.ecdsa[curve].sign(hash, privateKey, MESSAGE);
    requireThat(signature.length === publicKey.length - 1, 'two integers in full length');
    for (const verifier of [provider, noble]) {
      const verify = (message: Uint8Array) => verifier.ecdsa[curve].verify(hash, publicKey, message, signature);
      requireThat(await verify(MESSAGE), `${verifier.name} to take the signature`);
      requireThat(!(await verify(privateKey)), `${verifier.name} to refuse it for another message`);
    }
  }
}

/** The same signatures with keys of either. */
async function rsa(provider: CryptoProvider): Promise<void> {
  for (const maker of [provider, noble]) {
    const key = await maker.rsa.generate(2048);
    requireThat(key.n.length === 256, 'a modulus of 2048 bits');
    for (const hash of ['sha1', ...HASHES] as const) {
      const signature = await noble.rsa.sign(hash, key, MESSAGE);
      requireSame(await provider.rsa.sign(hash, key, MESSAGE), signature);
      for (const verifier of [provider, noble]) {
        const verify = (by: HashName | 'sha1') => verifier.rsa.verify(by, key, MESSAGE, signature);
        requireThat(await verify(hash), `${verifier.name} to take the signature`);
        requireThat(
          !(await verify(hash === 'sha256' ? 'sha512' : 'sha256')),
          `${verifier.name} to refuse another hash`,
        );
      }
    }
  }
}

export const equalSignatures = [
  proof("Ed25519 signs as noble's", ['Ed25519'], { 'any content': ed25519 }, noble),
  ...(['nistp256', 'nistp384', 'nistp521'] as const).map((curve) =>
    proof(
      `ECDSA over ${curve}, verified by each other`,
      [`ECDSA over ${curve}`],
      Object.fromEntries(HASHES.map((hash) => [hash, (provider: CryptoProvider) => ecdsa(provider, curve, hash)])),
      noble,
    ),
  ),
  proof('RSA, with keys of either, verified by each other', ['RSA'], { '2048 bits': rsa }, noble),
];
