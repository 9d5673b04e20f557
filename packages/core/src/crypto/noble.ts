/** `@nacre/core/noble`: the portable provider with the NIST curves in JavaScript too, so that all but RSA is synchronous. */
import { nistAgreement, nistSignature } from './noble/nist-curves.js';
import { portable } from './portable-provider.js';
import type { SynchronousProvider } from './provider.js';

export const noble: SynchronousProvider = {
  ...portable,
  name: 'noble',
  ecdh: {
    nistp256: nistAgreement('nistp256'),
    nistp384: nistAgreement('nistp384'),
    nistp521: nistAgreement('nistp521'),
  },
  ecdsa: {
    nistp256: nistSignature('nistp256'),
    nistp384: nistSignature('nistp384'),
    nistp521: nistSignature('nistp521'),
  },
};
