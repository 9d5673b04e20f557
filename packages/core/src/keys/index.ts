/** Keys and the files that hold them. */
export type { Authorization, CertificateSupport, KeyTerms, KeyUse, RevokedKeys } from './authorize.js';
export type { KeyOptions } from './authorized-key-options.js';
export * from './authorized-keys.js';
export { isKeyTypeName, type KeyTypeName } from './key-types.js';
export * from './known-hosts.js';
export { formatPrivateKey } from './openssh-key-file.js';
export { generateKey, parsePrivateKey, type ParsePrivateKeyOptions } from './portable-keys.js';
export { PrivateKey, type GenerateKeyOptions } from './private-key.js';
export { fingerprint, formatPublicKey, parsePublicKey, type PublicKey } from './public-key.js';
export {
  permitsListen,
  permitsOpen,
  permitsSocket,
  type PermittedEndpoint,
  type Restrictions,
} from './restrictions.js';
export { matchesPattern, matchesPatternList } from '../wire/wildcard.js';
