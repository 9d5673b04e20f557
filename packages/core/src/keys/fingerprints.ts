/** Fingerprints as in `ssh-keygen -l -E`, and SSHFP resource records (RFC 4255, 6594, 7479) as in `ssh-keygen -r`. */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { ED25519 } from '../algorithms/ed25519.js';
import { SSH_RSA } from '../algorithms/rsa.js';
import { encodeBase64 } from '../crypto/base64.js';
import { ConfigurationError } from '../errors.js';
import { keyTypeOf, shown } from './public-key.js';

const hashes = { md5, sha1, sha256, sha384, sha512 } as const;

export type FingerprintHash = keyof typeof hashes;

export function hexadecimal(bytes: Uint8Array): readonly string[] {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
}

/** `MD5:` and hexadecimal bytes separated by colons, or the hash's name and unpadded base64. */
export function fingerprintBy(hash: FingerprintHash, blob: Uint8Array): string {
  const digest = hashes[hash](blob);
  if (hash === 'md5') return `MD5:${hexadecimal(digest).join(':')}`;
  return `${hash.toUpperCase()}:${encodeBase64(digest).replace(/=+$/, '')}`;
}

/** RFC 4255 §3.1.1, RFC 6594 §5.1, RFC 7479 §4. */
const SSHFP_ALGORITHMS = new Map([
  [SSH_RSA, 1],
  ['ecdsa-sha2-nistp256', 3],
  ['ecdsa-sha2-nistp384', 3],
  ['ecdsa-sha2-nistp521', 3],
  [ED25519, 4],
]);
/** RFC 4255 §3.1.2, RFC 6594 §5.2. */
const SSHFP_HASHES = [
  [1, sha1],
  [2, sha256],
] as const;

/**
 * The zone file lines that publish a key of `host`, one for SHA-1 and one for SHA-256. @throws ConfigurationError for a
 * key type without a number, and for a name that would not stay in its field.
 */
export function formatSshfp(host: string, blob: Uint8Array): readonly string[] {
  const type = keyTypeOf(blob) ?? '';
  const algorithm = SSHFP_ALGORITHMS.get(type);
  if (algorithm === undefined) throw new ConfigurationError(`no SSHFP record can be made of a key ${shown(type)}`);
  if (!/^[A-Za-z0-9._-]+$/.test(host)) throw new ConfigurationError('the host name cannot stand in a zone file');
  return SSHFP_HASHES.map(([number, hash]) => {
    return `${host} IN SSHFP ${algorithm} ${number} ${hexadecimal(hash(blob)).join('')}`;
  });
}
