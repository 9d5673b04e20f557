/** RFC 4253 §6 and §7.1: every algorithm that is offered without further imports. The order of rows is the order of preference. */
import { aesCtr } from './aes-ctr.js';
import { aesGcm } from './aes-gcm.js';
import type {
  CipherAlgorithm,
  CompressionAlgorithm,
  KeyExchangeAlgorithm,
  MacAlgorithm,
  SignatureAlgorithm,
} from './algorithm.js';
import { chacha20Poly1305 } from './chacha20-poly1305.js';
import { curve25519Sha256 } from './curve25519.js';
import { ecdhSha2 } from './ecdh.js';
import { ecdsaNistp256, ecdsaNistp384, ecdsaNistp521, ecdsaSha2 } from './ecdsa.js';
import { sshEd25519 } from './ed25519.js';
import { modpExchange } from './finite-field.js';
import { hmacWith } from './hmac.js';
import { mlkem768x25519Sha256 } from './mlkem768x25519.js';
import { compressionNone } from './none.js';
import { rsaSignature } from './rsa.js';
import { SK_ECDSA, SK_ED25519, skEcdsa, skEd25519 } from './security-key.js';
import { sntrup761x25519Sha512Answer } from './sntrup761x25519.js';
import { WEBAUTHN_SK_ECDSA, webauthnSkEcdsa } from './webauthn.js';

export const keyExchanges = {
  'mlkem768x25519-sha256': mlkem768x25519Sha256,
  'sntrup761x25519-sha512': sntrup761x25519Sha512Answer,
  'sntrup761x25519-sha512@openssh.com': sntrup761x25519Sha512Answer,
  'curve25519-sha256': curve25519Sha256,
  'curve25519-sha256@libssh.org': curve25519Sha256,
  'ecdh-sha2-nistp256': ecdhSha2('nistp256', { hash: 'sha256', pointLength: 65 }),
  'ecdh-sha2-nistp384': ecdhSha2('nistp384', { hash: 'sha384', pointLength: 97 }),
  'ecdh-sha2-nistp521': ecdhSha2('nistp521', { hash: 'sha512', pointLength: 133 }),
  'diffie-hellman-group16-sha512': modpExchange('sha512', 4096),
  'diffie-hellman-group18-sha512': modpExchange('sha512', 8192),
  'diffie-hellman-group14-sha256': modpExchange('sha256', 2048),
} as const satisfies Record<string, KeyExchangeAlgorithm>;

/** AES-GCM comes first because every runtime has it natively; between peers the client's order decides. */
export const ciphers = {
  'aes128-gcm@openssh.com': aesGcm(16),
  'aes256-gcm@openssh.com': aesGcm(32),
  'chacha20-poly1305@openssh.com': chacha20Poly1305,
  'aes256-ctr': aesCtr(32),
  'aes192-ctr': aesCtr(24),
  'aes128-ctr': aesCtr(16),
} as const satisfies Record<string, CipherAlgorithm>;

export const macs = {
  'hmac-sha2-256-etm@openssh.com': hmacWith('sha256', true),
  'hmac-sha2-512-etm@openssh.com': hmacWith('sha512', true),
  'hmac-sha2-256': hmacWith('sha256', false),
  'hmac-sha2-512': hmacWith('sha512', false),
} as const satisfies Record<string, MacAlgorithm>;

export const signatures = {
  'ssh-ed25519': sshEd25519,
  'ecdsa-sha2-nistp256': ecdsaSha2(ecdsaNistp256),
  'ecdsa-sha2-nistp384': ecdsaSha2(ecdsaNistp384),
  'ecdsa-sha2-nistp521': ecdsaSha2(ecdsaNistp521),
  [SK_ED25519]: skEd25519,
  [SK_ECDSA]: skEcdsa,
  [WEBAUTHN_SK_ECDSA]: webauthnSkEcdsa,
  'rsa-sha2-512': rsaSignature('rsa-sha2-512', 'sha512'),
  'rsa-sha2-256': rsaSignature('rsa-sha2-256', 'sha256'),
} as const satisfies Record<string, SignatureAlgorithm>;

/** RFC 4253 §6.2. `@nacre/core/zlib` has the others. */
export const compressions = {
  none: compressionNone,
} as const satisfies Record<string, CompressionAlgorithm>;
