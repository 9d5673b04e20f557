/** Wycheproof: AES-GCM as SSH uses it (12-byte nonces, 16-byte tags), and HMAC through the rows of MACs. */
import { equalBytes, type CryptoProvider } from '@nacre/core/crypto';
import { hmacWith } from '../../packages/core/src/algorithms/hmac.js';
import { concatenate, hex, providers } from './providers.js';
import { wycheproof } from './wycheproof.js';

const hmacFiles = [
  [hmacWith('sha256', false), 'hmac_sha256_test.json'],
  [hmacWith('sha512', false), 'hmac_sha512_test.json'],
] as const;

const NO_SUCH_NONCE = 'has a nonce of another length than SSH uses';
const NO_SUCH_KEY = 'has a key of 192 bits, which no SSH cipher has';
const gcmCounts = { ran: 133, [NO_SUCH_NONCE]: 119, [NO_SUCH_KEY]: 64 };

type Gcm = ReturnType<CryptoProvider['aesGcm']> | ReturnType<NonNullable<CryptoProvider['batchedAesGcm']>>;

/** What the rows call: their associated data is always the four bytes of a length, that of the cases any number. */
function gcm(name: string, create: (key: Uint8Array) => Gcm): void {
  wycheproof(name, 'aes_gcm_test.json', gcmCounts, async (item) => {
    if (item.size('ivSize') !== 96 || item.size('tagSize') !== 128) return NO_SUCH_NONCE;
    const key = hex(item.text('key'));
    if (key.length === 24) return NO_SUCH_KEY;
    const [nonce, aad, plain] = [hex(item.text('iv')), hex(item.text('aad')), hex(item.text('msg'))];
    const sealed = concatenate(aad, hex(item.text('ct')), hex(item.text('tag')));
    const packet = sealed.slice();
    const opened = await create(key).open(nonce, packet, aad.length);
    if (item.result === 'invalid') return opened === undefined;
    const resealed = concatenate(aad, plain, new Uint8Array(16));
    await create(key).seal(nonce, resealed, aad.length);
    return opened !== undefined && equalBytes(opened, plain) && equalBytes(resealed, sealed);
  });
}

for (const provider of providers) {
  const { name, aesGcm, batchedAesGcm } = provider;
  gcm(name, aesGcm);
  if (batchedAesGcm !== undefined) gcm(`${name}, batched`, batchedAesGcm);

  for (const [row, file] of hmacFiles) {
    wycheproof(name, file, { ran: 174 }, (item) => {
      const tag = hex(item.text('tag'));
      const message = hex(item.text('msg'));
      // In two parts, as a sequence number and a packet are.
      const computed = row.create(provider, hex(item.text('key')))(message.subarray(0, 4), message.subarray(4));
      return equalBytes(computed.subarray(0, tag.length), tag) === (item.result === 'valid');
    });
  }
}
