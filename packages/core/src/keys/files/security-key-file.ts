/** OpenSSH's PROTOCOL.u2f: the files of `ssh-keygen -t ed25519-sk` and `ecdsa-sk`, which hold a handle and no secret. */
import { decodeSkEcdsaKey, decodeSkEd25519Key } from '../../algorithms/security-key.js';
import { equalBytes } from '../../crypto/provider.js';
import { KeyFileError, ProtocolError } from '../../errors.js';
import { byte, string } from '../../wire/fields.js';
import { record } from '../../wire/message.js';
import { Reader } from '../../wire/reader.js';
import { hasEqualChecks, readComment, refuseMalformed } from '../openssh-key-file.js';
import { keyTypeOf, type PublicKey } from '../public-key.js';
import { openSecret } from './openssh.js';
import type { Passphrase } from './passphrase.js';

/** What a security key needs in order to sign. */
export interface SecurityKeyFile extends PublicKey {
  /** What the key was created for, usually `ssh:`. */
  readonly application: string;
  /** The authenticator's handle of the key; some authenticators store the encrypted key itself in it. */
  readonly keyHandle: Uint8Array;
  /** Whether signing requires a touch, and a PIN or a fingerprint. */
  readonly touchRequired: boolean;
  readonly verifyRequired: boolean;
}

export interface ParseSecurityKeyFileOptions {
  /** Asked for once, and only if the file is encrypted. */
  readonly passphrase?: Passphrase;
  readonly signal?: AbortSignal;
}

const CHECKS_LENGTH = 8;
/** PROTOCOL.u2f: SSH_SK_USER_PRESENCE_REQD and SSH_SK_USER_VERIFICATION_REQD. */
const TOUCH_REQUIRED = 0x01;
const VERIFY_REQUIRED = 0x04;
const handleFields = record({ flags: byte, keyHandle: string, reserved: string });

/**
 * Reads a file for `securityKeySigner`. @throws KeyFileError if it is not such a file, or holds a key itself; or what
 * the passphrase function or the signal throws.
 */
export async function parseSecurityKeyFile(
  file: string,
  { passphrase, signal }: ParseSecurityKeyFileOptions = {},
): Promise<SecurityKeyFile> {
  const { secret, publicKey: blob } = await openSecret(file, { passphrase, signal });
  const key = decodeSkEd25519Key(blob) ?? decodeSkEcdsaKey(blob);
  if (key === undefined) throw new KeyFileError('unsupported', 'this file is for no security key');
  return refuseMalformed(() => {
    if (!hasEqualChecks(secret)) throw new ProtocolError('the check numbers differ');
    const reader = new Reader(secret, CHECKS_LENGTH);
    // The private fields start with the public key.
    if (!equalBytes(reader.fixed(blob.length), blob)) throw new ProtocolError('the public key is another');
    const { flags, keyHandle } = handleFields.read(reader);
    return {
      type: keyTypeOf(blob) ?? '',
      blob,
      comment: readComment(reader),
      application: new TextDecoder().decode(key.application),
      keyHandle,
      touchRequired: (flags & TOUCH_REQUIRED) !== 0,
      verifyRequired: (flags & VERIFY_REQUIRED) !== 0,
    };
  });
}
