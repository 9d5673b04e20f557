/** The types of public keys that this library knows (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
import {
  decodeEcdsaPublicKey,
  ecdsaNistp256,
  ecdsaNistp384,
  ecdsaNistp521,
  type EcdsaParameters,
} from '../algorithms/ecdsa.js';
import { decodeEd25519PublicKey, ED25519 } from '../algorithms/ed25519.js';
import { decodeRsaPublicKey, SSH_RSA } from '../algorithms/rsa.js';
import { decodeSkEcdsaKey, decodeSkEd25519Key, SK_ECDSA, SK_ED25519 } from '../algorithms/security-key.js';

export interface PublicKeyType {
  /** Whether `blob` is a public key of this type within the bounds of this library. */
  isUsable(blob: Uint8Array): boolean;
}

function readBy(decode: (blob: Uint8Array) => unknown): PublicKeyType {
  return { isUsable: (blob) => decode(blob) !== undefined };
}

function ecdsa(parameters: EcdsaParameters): PublicKeyType {
  return readBy((blob) => decodeEcdsaPublicKey(parameters, blob));
}

/** Keys whose secret never leaves a security key; only their public half is known. */
const securityKeyTypes = {
  [SK_ED25519]: readBy(decodeSkEd25519Key),
  [SK_ECDSA]: readBy(decodeSkEcdsaKey),
} as const satisfies Record<string, PublicKeyType>;

export const publicKeyTypes = {
  [ED25519]: readBy(decodeEd25519PublicKey),
  'ecdsa-sha2-nistp256': ecdsa(ecdsaNistp256),
  'ecdsa-sha2-nistp384': ecdsa(ecdsaNistp384),
  'ecdsa-sha2-nistp521': ecdsa(ecdsaNistp521),
  [SSH_RSA]: readBy(decodeRsaPublicKey),
  ...securityKeyTypes,
} as const satisfies Record<string, PublicKeyType>;

/** True for keys kept in a security key. */
export function isSecurityKeyTypeName(name: string): name is keyof typeof securityKeyTypes {
  return Object.hasOwn(securityKeyTypes, name);
}

/** The type of that name; undefined if it is not supported. */
export function publicKeyTypeOf(name: string): PublicKeyType | undefined {
  return Object.hasOwn(publicKeyTypes, name) ? publicKeyTypes[name as keyof typeof publicKeyTypes] : undefined;
}
