/** A FIDO authenticator in software, after OpenSSH's PROTOCOL.u2f and independent of ours: it signs whatever flags, counter and client data it is given. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { encodeBase64url } from '../../packages/core/src/crypto/base64.js';
import { concat, mpint, str, uint32 } from '../attacks/bytes.js';

export const SK_ED25519 = 'sk-ssh-ed25519@openssh.com';
export const SK_ECDSA = 'sk-ecdsa-sha2-nistp256@openssh.com';
export const WEBAUTHN = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';
export type SecurityAlgorithm = typeof SK_ED25519 | typeof SK_ECDSA | typeof WEBAUTHN;
export const securityAlgorithms = [SK_ED25519, SK_ECDSA, WEBAUTHN] as const;

export const USER_PRESENT = 0x01;
export const USER_VERIFIED = 0x04;

/** What may be wrong with a signature; whatever is left out is correct. */
export interface Lies {
  readonly name?: string;
  readonly flags?: number;
  /** What the blob says, if that is not what was signed. */
  readonly shownFlags?: number;
  readonly counter?: number;
  readonly shownCounter?: number;
  readonly application?: string;
  readonly origin?: string;
  readonly clientData?: (legal: string) => string;
  readonly extensions?: Uint8Array;
  readonly shownExtensions?: Uint8Array;
  /** Changes the r ‖ s, or the 64 bytes, that the key made. */
  readonly signature?: (legal: Uint8Array) => Uint8Array;
}

export interface Authenticator {
  readonly algorithm: SecurityAlgorithm;
  /** The type in the public key: passkeys have the type of `sk-ecdsa`. */
  readonly keyType: string;
  readonly publicKey: Uint8Array;
  /** The signature blob. */
  sign(message: Uint8Array, lies?: Lies): Promise<Uint8Array>;
}

const sha256 = (content: Uint8Array): Uint8Array => noble.hash('sha256', content);

/** @param crypto - what signs; keys are made at once, by noble. */
export function createAuthenticator(
  algorithm: SecurityAlgorithm,
  application = 'ssh:',
  crypto: CryptoProvider = noble,
): Authenticator {
  return algorithm === SK_ED25519
    ? ed25519Authenticator(application, crypto)
    : ecdsaAuthenticator(algorithm, application, crypto);
}

function ed25519Authenticator(application: string, crypto: CryptoProvider): Authenticator {
  const { seed, publicKey } = noble.ed25519.generate();
  return {
    algorithm: SK_ED25519,
    keyType: SK_ED25519,
    publicKey: concat(str(SK_ED25519), str(publicKey), str(application)),
    sign: async (message, lies = {}) => {
      const { name = SK_ED25519, signature = (legal: Uint8Array) => legal } = lies;
      const signed = await crypto.ed25519.sign(seed, asserted(application, message, lies));
      return concat(str(name), str(signature(signed)), shown(lies));
    },
  };
}

function ecdsaAuthenticator(algorithm: SecurityAlgorithm, application: string, crypto: CryptoProvider): Authenticator {
  const { privateKey, publicKey } = noble.ecdsa.nistp256.generate();
  return {
    algorithm,
    keyType: SK_ECDSA,
    publicKey: concat(str(SK_ECDSA), str('nistp256'), str(publicKey), str(application)),
    sign: async (message, lies = {}) => {
      const { name = algorithm, signature = (legal: Uint8Array) => legal, origin = 'https://example.org' } = lies;
      const challenge = encodeBase64url(message);
      const legal = `{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}","crossOrigin":false}`;
      const clientData = new TextEncoder().encode(lies.clientData?.(legal) ?? legal);
      const content = algorithm === WEBAUTHN ? clientData : message;
      const signed = await crypto.ecdsa.nistp256.sign('sha256', privateKey, asserted(application, content, lies));
      const integers = signature(signed);
      const inner = concat(mpint(integers.subarray(0, 32)), mpint(integers.subarray(32)));
      const { extensions = new Uint8Array(0), shownExtensions = extensions } = lies;
      const web = algorithm === WEBAUTHN ? concat(str(origin), str(clientData), str(shownExtensions)) : [];
      return concat(str(name), str(inner), shown(lies), web);
    },
  };
}

function asserted(own: string, content: Uint8Array, lies: Lies): Uint8Array {
  const { application = own, flags = USER_PRESENT, counter = 7, extensions = [] } = lies;
  return concat(sha256(new TextEncoder().encode(application)), [flags], uint32(counter), extensions, sha256(content));
}

function shown({ flags = USER_PRESENT, shownFlags = flags, counter = 7, shownCounter = counter }: Lies): Uint8Array {
  return concat([shownFlags], uint32(shownCounter));
}
