/** Wycheproof: AES-GCM as SSH uses it (12-byte nonces, 16-byte tags), and HMAC through the rows of MACs. */
import { equalBytes, type CryptoProvider } from '@nacre/core/crypto';
import type { BatchedMac, MacAlgorithm } from '../../../packages/core/src/algorithms/algorithm.js';
import { hmacWith } from '../../../packages/core/src/algorithms/hmac.js';
import { concatenate, hex } from '../bytes.js';
import { provenBy, type Check } from '../vector-file.js';

const NO_SUCH_NONCE = 'has a nonce of another length than SSH uses';
const NO_SUCH_KEY = 'has a key of 192 bits, which no SSH cipher has';
const gcm = {
  file: 'aes_gcm_test.json',
  counts: { ran: 133, [NO_SUCH_NONCE]: 119, [NO_SUCH_KEY]: 64 },
};

type Gcm = ReturnType<CryptoProvider['aesGcm']> | ReturnType<NonNullable<CryptoProvider['batchedAesGcm']>>;

/** What the rows call: their associated data is always the four bytes of a length, the cases' any number. */
function checkGcm(create: (key: Uint8Array) => Gcm): Check {
  return async (item) => {
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
  };
}

const hmacFiles = [
  [hmacWith('sha256', true), 'hmac_sha256_test.json'],
  [hmacWith('sha512', true), 'hmac_sha512_test.json'],
] as const;

type Mac = ReturnType<MacAlgorithm['create']> | BatchedMac;

function checkHmac(create: (key: Uint8Array) => Mac): Check {
  return async (item) => {
    const tag = hex(item.text('tag'));
    const message = hex(item.text('msg'));
    // In two parts, as a sequence number and a packet are.
    const computed = await create(hex(item.text('key')))(message.subarray(0, 4), message.subarray(4));
    return equalBytes(computed.subarray(0, tag.length), tag) === (item.result === 'valid');
  };
}

export const symmetricVectors = [
  provenBy({ ...gcm, about: ['AES-GCM'], check: ({ aesGcm }) => checkGcm(aesGcm) }),
  provenBy({
    ...gcm,
    what: 'in batches',
    about: ['batched AES-GCM'],
    check: ({ batchedAesGcm }) => checkGcm(batchedAesGcm!),
  }),
  ...hmacFiles.flatMap(([row, file]) => [
    provenBy({
      file,
      about: ['hmac'],
      counts: { ran: 174 },
      check: (provider) => checkHmac((key) => row.create(provider, key)),
    }),
    provenBy({
      file,
      what: 'in batches',
      about: ['batched hmac'],
      counts: { ran: 174 },
      check: (provider) => checkHmac((key) => row.createBatched!(provider, key)!),
    }),
  ]),
];
