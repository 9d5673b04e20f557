/** Wycheproof: AES-GCM as SSH uses it (12-byte nonces, 16-byte tags) and HMAC. */
import { equalBytes, type HashName } from '@nacre/core/crypto';
import { concatenate, hex, providers } from './providers.js';
import { wycheproof } from './wycheproof.js';

const hmacFiles: readonly (readonly [HashName, string])[] = [
  ['sha256', 'hmac_sha256_test.json'],
  ['sha512', 'hmac_sha512_test.json'],
];

for (const { name, aesGcm, hmac } of providers) {
  wycheproof(name, 'aes_gcm_test.json', 100, (item) => {
    if (item.size('ivSize') !== 96 || item.size('tagSize') !== 128) return undefined;
    const key = hex(item.text('key'));
    if (key.length === 24) return undefined;
    const [nonce, aad, plain] = [hex(item.text('iv')), hex(item.text('aad')), hex(item.text('msg'))];
    const sealed = concatenate(aad, hex(item.text('ct')), hex(item.text('tag')));
    const packet = sealed.slice();
    const opened = aesGcm(key).open(nonce, packet, aad.length);
    if (item.result === 'invalid') return !opened;
    const resealed = concatenate(aad, plain, new Uint8Array(16));
    aesGcm(key).seal(nonce, resealed, aad.length);
    const right = equalBytes(packet.subarray(0, -16), concatenate(aad, plain));
    return opened && right && equalBytes(resealed, sealed);
  });

  for (const [hash, file] of hmacFiles) {
    wycheproof(name, file, 80, (item) => {
      const tag = hex(item.text('tag'));
      const computed = hmac(hash, hex(item.text('key')))(hex(item.text('msg')));
      return equalBytes(computed.subarray(0, tag.length), tag) === (item.result === 'valid');
    });
  }
}
