/** `@nacre/core/keys`: private key files of every format, fingerprints and file signatures, for programs that manage keys. */
export { fingerprintBy, formatSshfp, type FingerprintHash } from '../fingerprints.js';
export { generateKey } from '../portable-keys.js';
export { PrivateKey, type GenerateKeyOptions } from '../private-key.js';
export { randomart } from '../randomart.js';
export { formatRfc4716, parseRfc4716 } from '../rfc4716.js';
export {
  securityKeySigner,
  type Authenticator,
  type AuthenticatorReply,
  type AuthenticatorRequest,
} from '../security-key-signer.js';
export { AllowedSigners, parseAllowedSigners, type AllowedSigner, type SignerUse } from '../sshsig/allowed-signers.js';
export {
  formatSshSignature,
  parseSshSignature,
  signMessage,
  verifyMessage,
  type SignatureHash,
  type SignedMessage,
  type SignMessageOptions,
  type SshSignature,
  type VerifyMessageOptions,
} from '../sshsig/signature.js';
export { webCryptoSigner, type WebCryptoKey, type WebCryptoKeyPair } from '../web-crypto-signer.js';
export {
  fromJsonWebKey,
  fromPublicJsonWebKey,
  toJsonWebKey,
  toPublicJsonWebKey,
  type FromJsonWebKeyOptions,
  type JsonWebKey,
} from './json-web-key.js';
export { keyFileSigner, type KeyFileSignerOptions } from './key-file-signer.js';
export { type FileCipherName } from './openssh-ciphers.js';
export { formatOpenSshKeyFile, type FormatOpenSshOptions } from './openssh.js';
export { parsePrivateKeyFile, type ParsePrivateKeyFileOptions } from './parse.js';
export type { Passphrase } from './passphrase.js';
export { formatPkcs8KeyFile, type FormatPkcs8Options } from './pkcs8.js';
export { formatPuttyKeyFile, type FormatPuttyOptions } from './putty.js';
export { parseSecurityKeyFile, type ParseSecurityKeyFileOptions, type SecurityKeyFile } from './security-key-file.js';
export { formatTraditionalKeyFile } from './traditional.js';
