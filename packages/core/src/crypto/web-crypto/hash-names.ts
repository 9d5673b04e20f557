/** Web Cryptography §18.4: the names of hashes. */
import type { AnyHashName } from '../provider.js';

export const hashNames: Readonly<Record<AnyHashName, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};
