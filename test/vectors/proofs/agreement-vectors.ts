/** Wycheproof: X25519 and ML-KEM-768, through the rows `curve25519-sha256` and `mlkem768x25519-sha256`. */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { equalBytes } from '@nacre/core/crypto';
import { curve25519Sha256 } from '../../../packages/core/src/algorithms/curve25519.js';
import { mlkem768x25519Sha256 } from '../../../packages/core/src/algorithms/mlkem768x25519.js';
import { concatenate, hex } from '../bytes.js';
import { agreed, oneIn, provenBy } from '../vector-file.js';

const SEED_LENGTH = 64;
const NO_KEY = 'has a seed of another length, so that there is no key to decapsulate with';
const NO_ANSWER = 'has a key that is refused';

const x25519 = provenBy({
  file: 'x25519_test.json',
  about: ['X25519'],
  counts: { ran: 518 },
  numerous: oneIn(8, ['EdgeCaseMultiplication'], 345),
  check: (provider) => async (item) => {
    const secret = await agreed(() =>
      curve25519Sha256.finish(provider, hex(item.text('private')), hex(item.text('public'))),
    );
    // RFC 8731 §3: a secret of zeros is refused. Twists and values above p are accepted, as RFC 7748 §5 requires.
    if (item.flags.includes('ZeroSharedSecret')) return secret === undefined;
    return secret !== undefined && equalBytes(secret, hex(item.text('shared')));
  },
});

// The classical half of the hybrid is legal in every case, so that only ML-KEM decides.
const decapsulation = provenBy({
  file: 'mlkem_768_test.json',
  what: 'decapsulation',
  about: ['ML-KEM-768'],
  counts: { ran: 173, [NO_KEY]: 20 },
  check: async (provider) => {
    const near = await provider.x25519.generate();
    const far = await provider.x25519.generate();
    const own = await provider.mlkem768.generate();
    return async (item) => {
      const seed = hex(item.text('seed'));
      if (seed.length !== SEED_LENGTH) return item.result === 'invalid' && NO_KEY;
      // WebCrypto keeps the seed: it cannot use an expanded key.
      const secretKey = own.secretKey.length === SEED_LENGTH ? seed : ml_kem768.keygen(seed).secretKey;
      const share = concatenate(hex(item.text('c')), far.publicKey);
      const secret = await agreed(() =>
        mlkem768x25519Sha256.finish(provider, concatenate(secretKey, near.privateKey), share),
      );
      if (item.result === 'invalid') return secret === undefined;
      const classical = await provider.x25519.agree(near.privateKey, far.publicKey);
      return secret !== undefined && equalBytes(secret, provider.hash('sha256', hex(item.text('K')), classical));
    };
  },
});

const keyChecks = provenBy({
  file: 'mlkem_768_encaps_test.json',
  what: 'key checks',
  about: ['ML-KEM-768'],
  counts: { ran: 265 },
  check: async (provider) => {
    const { publicKey } = await provider.x25519.generate();
    return async (item) => {
      const share = concatenate(hex(item.text('ek')), publicKey);
      const secret = await agreed(async () => (await mlkem768x25519Sha256.respond(provider, share)).sharedSecret);
      return (secret !== undefined) === (item.result === 'valid');
    };
  },
});

// A provider draws its own randomness, so this tests the library that all of them are held equal to.
const encapsulation = provenBy({
  file: 'mlkem_768_encaps_test.json',
  what: 'known answers of the portable library',
  about: [],
  counts: { ran: 133, [NO_ANSWER]: 132 },
  check: () => (item) => {
    if (item.result === 'invalid') return NO_ANSWER;
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(hex(item.text('ek')), hex(item.text('m')));
    return equalBytes(cipherText, hex(item.text('c'))) && equalBytes(sharedSecret, hex(item.text('K')));
  },
});

export const agreementVectors = [x25519, decapsulation, keyChecks, encapsulation];
