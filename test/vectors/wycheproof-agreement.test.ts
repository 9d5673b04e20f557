/** Wycheproof: X25519 and ML-KEM-768, through the rows `curve25519-sha256` and `mlkem768x25519-sha256`. */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { equalBytes } from '@nacre/core/crypto';
import { curve25519Sha256 } from '../../packages/core/src/algorithms/curve25519.js';
import { mlkem768x25519Sha256 } from '../../packages/core/src/algorithms/mlkem768x25519.js';
import { concatenate, hex, ownersOf } from './providers.js';
import { agreed, wycheproof } from './wycheproof.js';

const NO_KEY = 'has a seed of another length, so that there is no key to decapsulate with';

for (const provider of ownersOf(({ x25519 }) => x25519)) {
  wycheproof(provider.name, 'x25519_test.json', { ran: 518 }, async (item) => {
    const secret = await agreed(() =>
      curve25519Sha256.finish(provider, hex(item.text('private')), hex(item.text('public'))),
    );
    // RFC 8731 §3: a secret of zeros is refused. Twists and values above p are taken, as RFC 7748 §5 asks.
    if (item.flags.includes('ZeroSharedSecret')) return secret === undefined;
    return secret !== undefined && equalBytes(secret, hex(item.text('shared')));
  });
}

for (const provider of ownersOf(({ mlkem768 }) => mlkem768)) {
  const { name, x25519 } = provider;
  // The classical half of the hybrid is legal in every case, so that only ML-KEM decides.
  const near = await x25519.generate();
  const far = await x25519.generate();

  wycheproof(`${name}, decapsulation`, 'mlkem_768_test.json', { ran: 173, [NO_KEY]: 20 }, async (item) => {
    const seed = hex(item.text('seed'));
    if (seed.length !== 64) return item.result === 'invalid' && NO_KEY;
    const { secretKey } = ml_kem768.keygen(seed);
    const share = concatenate(hex(item.text('c')), far.publicKey);
    const secret = await agreed(() =>
      mlkem768x25519Sha256.finish(provider, concatenate(secretKey, near.privateKey), share),
    );
    if (item.result === 'invalid') return secret === undefined;
    const expected = provider.hash('sha256', hex(item.text('K')), await x25519.agree(near.privateKey, far.publicKey));
    return secret !== undefined && equalBytes(secret, expected);
  });

  wycheproof(`${name}, key checks`, 'mlkem_768_encaps_test.json', { ran: 265 }, async (item) => {
    const share = concatenate(hex(item.text('ek')), far.publicKey);
    const secret = await agreed(async () => (await mlkem768x25519Sha256.respond(provider, share)).sharedSecret);
    return (secret !== undefined) === (item.result === 'valid');
  });
}

const NO_ANSWER = 'has a key that is refused';

// A provider draws its own randomness, so that this is the one that all of them are held equal to.
wycheproof(
  'known answers by the portable library',
  'mlkem_768_encaps_test.json',
  { ran: 133, [NO_ANSWER]: 132 },
  (item) => {
    if (item.result === 'invalid') return NO_ANSWER;
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(hex(item.text('ek')), hex(item.text('m')));
    return equalBytes(cipherText, hex(item.text('c'))) && equalBytes(sharedSecret, hex(item.text('K')));
  },
);
