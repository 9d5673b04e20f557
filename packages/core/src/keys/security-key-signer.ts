/** OpenSSH's PROTOCOL.u2f: signatures by a security key that the application talks to, or by software that acts as one. */
import type { Signer } from '../algorithms/algorithm.js';
import { ecdsaNistp256 } from '../algorithms/ecdsa.js';
import { decodeSkEcdsaKey, decodeSkEd25519Key, SK_ECDSA, SK_ED25519 } from '../algorithms/security-key.js';
import { hash } from '../crypto/noble/hashes.js';
import type { Awaitable } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import { byte, mpint, string, text, uint32 } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { keyTypeOf } from './public-key.js';

/** What an authenticator is asked to sign (W3C Web Authentication §6.3.3). */
export interface AuthenticatorRequest {
  /** What the key was created for, usually `ssh:`. */
  readonly application: string;
  /** SHA-256 of the data that SSH signs: the authenticator's clientDataHash. */
  readonly challengeHash: Uint8Array;
}

export interface AuthenticatorReply {
  /** Over SHA256(application) ‖ flags ‖ counter ‖ challengeHash: the 64 bytes of Ed25519, or r ‖ s of P-256. */
  readonly signature: Uint8Array;
  /** One byte: 1 if the user touched it, plus 4 if it verified the user. */
  readonly flags: number;
  /** A uint32. */
  readonly counter: number;
}

/** The application's connection to its authenticator. A rejection ends the attempt to sign. */
export type Authenticator = (request: AuthenticatorRequest) => Awaitable<AuthenticatorReply>;

const SIGNATURE_LENGTH = 64;
const signatureBlob = record({ name: text, signature: string, flags: byte, counter: uint32 });
const ecdsaIntegers = record({ r: mpint, s: mpint });

/** The application named in a blob, and how its raw signatures are encoded. */
function keyOf(blob: Uint8Array): { readonly application: Uint8Array; encode(signature: Uint8Array): Uint8Array } {
  const type = keyTypeOf(blob);
  const ed25519 = type === SK_ED25519 ? decodeSkEd25519Key(blob) : undefined;
  if (ed25519 !== undefined) return { application: ed25519.application, encode: (signature) => signature };
  const ecdsa = type === SK_ECDSA ? decodeSkEcdsaKey(blob) : undefined;
  if (ecdsa === undefined) throw new ConfigurationError('this is no public key of a security key');
  const { fieldLength } = ecdsaNistp256;
  return {
    application: ecdsa.application,
    encode: (signature) =>
      ecdsaIntegers.encode({ r: signature.subarray(0, fieldLength), s: signature.subarray(fieldLength) }),
  };
}

/**
 * A signer whose secret is in an authenticator. @throws ConfigurationError for a public key that is not of type `sk-…`;
 * `sign` throws it for an answer that is not a signature.
 */
export function securityKeySigner(publicKey: Uint8Array, authenticator: Authenticator): Signer {
  const { application, encode } = keyOf(publicKey);
  const name = keyTypeOf(publicKey) ?? '';
  const applicationName = new TextDecoder().decode(application);
  return {
    publicKey,
    algorithms: [name],
    // It takes a touch by a person.
    asksToSign: true,
    sign: async (algorithm, message) => {
      if (algorithm !== name) throw new ConfigurationError(`the key does not sign with ${algorithm}`);
      const challengeHash = hash('sha256', message);
      const { signature, flags, counter } = await authenticator({ application: applicationName, challengeHash });
      const isReply = Number.isInteger(flags) && flags >= 0 && flags < 256 && signature.length === SIGNATURE_LENGTH;
      if (!isReply) throw new ConfigurationError('the authenticator gave no signature');
      return signatureBlob.encode({ name, signature: encode(signature), flags, counter });
    },
  };
}
