/** `@nacre/core/publickey`: RFC 4819, both halves. */
export { PublicKeyRefusedError, PublicKeys, type AddKeyOptions } from './client.js';
export { PublicKeyStatus, type KeyAttribute, type PublicKeyStatusName, type StoredKey } from './messages.js';
export { PublicKeyError, publicKeySubsystem, type PublicKeyStore } from './subsystem.js';
export { memoryPublicKeys } from './memory-store.js';
