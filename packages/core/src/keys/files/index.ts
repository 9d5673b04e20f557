/** `@nacre/core/keys`: private key files of every form, fingerprints and signatures of files, for programs that keep keys. */
export { generateKey, PrivateKey, type GenerateKeyOptions } from '../private-key.js';
export { type FileCipherName } from './openssh-ciphers.js';
export { formatOpenSshKeyFile, type FormatOpenSshOptions } from './openssh.js';
export { parsePrivateKeyFile, type ParsePrivateKeyFileOptions } from './parse.js';
export type { Passphrase } from './passphrase.js';
export { formatPkcs8KeyFile, type FormatPkcs8Options } from './pkcs8.js';
export { formatTraditionalKeyFile } from './traditional.js';
export { formatPuttyKeyFile, type FormatPuttyOptions } from './putty.js';
