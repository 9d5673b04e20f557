/** Wycheproof: X25519, ECDH over P-256, ML-KEM-768. */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { equalBytes } from '@nacre/core/crypto';
import { hex, providers } from './providers.js';
import { attempt, wycheproof } from './wycheproof.js';

/** A scalar in 32 bytes, however many leading zeros the file has. */
function scalar(digits: string): Uint8Array {
  return hex(digits.replace(/^0+/, '').padStart(64, '0'));
}

for (const { name, x25519, ecdh, mlkem768 } of providers) {
  wycheproof(name, 'x25519_test.json', 500, (item) => {
    const secret = attempt(() => x25519.agree(hex(item.text('private')), hex(item.text('public'))));
    if (item.flags.includes('ZeroSharedSecret')) return secret === undefined;
    return secret !== undefined && equalBytes(secret, hex(item.text('shared')));
  });

  wycheproof(name, 'ecdh_secp256r1_ecpoint_test.json', 350, (item) => {
    const secret = attempt(() => ecdh.nistp256.agree(scalar(item.text('private')), hex(item.text('public'))));
    // RFC 5656 leaves compressed points optional; they are refused here.
    if (item.result !== 'valid') return secret === undefined;
    return secret !== undefined && equalBytes(secret, hex(item.text('shared')));
  });

  wycheproof(`${name}, decapsulation`, 'mlkem_768_test.json', 190, (item) => {
    const keys = attempt(() => ml_kem768.keygen(hex(item.text('seed'))));
    const secret = keys && attempt(() => mlkem768.decapsulate(keys.secretKey, hex(item.text('c'))));
    if (item.result === 'invalid') return secret === undefined;
    return secret !== undefined && equalBytes(secret, hex(item.text('K')));
  });

  wycheproof(`${name}, key checks`, 'mlkem_768_encaps_test.json', 260, (item) => {
    const encapsulated = attempt(() => mlkem768.encapsulate(hex(item.text('ek'))));
    return (encapsulated !== undefined) === (item.result === 'valid');
  });
}
