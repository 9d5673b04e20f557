/** The ciphers of OpenSSH's encrypted key files (PROTOCOL.key; names as in `ssh -Q cipher`). */
import { cbc } from '@noble/ciphers/aes.js';
import { aesCtr, aesGcm } from '../../crypto/noble/aes.js';
import { chacha20, poly1305 } from '../../crypto/noble/chacha20-poly1305.js';
import { equalBytes } from '../../crypto/provider.js';

/** Lengths are in bytes. Secrets are padded to whole blocks. */
export interface FileCipher {
  readonly keyLength: number;
  readonly ivLength: number;
  readonly blockLength: number;
  readonly tagLength: number;
  /** `secret ‖ tag`. */
  seal(key: Uint8Array, iv: Uint8Array, secret: Uint8Array): Uint8Array;
  /** Takes `secret ‖ tag`. Undefined if the tag is wrong. */
  open(key: Uint8Array, iv: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

const AES_BLOCK_LENGTH = 16;
const TAG_LENGTH = 16;
const NO_NONCE = new Uint8Array(8);

function ctrCipher(keyLength: number): FileCipher {
  const apply: FileCipher['seal'] = (key, iv, bytes) => {
    const result = bytes.slice();
    aesCtr(key, iv).apply(result);
    return result;
  };
  return {
    keyLength,
    ivLength: AES_BLOCK_LENGTH,
    blockLength: AES_BLOCK_LENGTH,
    tagLength: 0,
    seal: apply,
    open: apply,
  };
}

function cbcCipher(keyLength: number): FileCipher {
  return {
    keyLength,
    ivLength: AES_BLOCK_LENGTH,
    blockLength: AES_BLOCK_LENGTH,
    tagLength: 0,
    seal: (key, iv, secret) => cbc(key, iv, { disablePadding: true }).encrypt(secret),
    open: (key, iv, sealed) => cbc(key, iv, { disablePadding: true }).decrypt(sealed),
  };
}

function gcmCipher(keyLength: number): FileCipher {
  return {
    keyLength,
    ivLength: 12,
    blockLength: AES_BLOCK_LENGTH,
    tagLength: TAG_LENGTH,
    seal: (key, iv, secret) => {
      const sealed = withRoomForTag(secret);
      aesGcm(key).seal(iv, sealed, 0);
      return sealed;
    },
    open: (key, iv, sealed) => aesGcm(key).open(iv, sealed.slice(), 0),
  };
}

/** As in PROTOCOL.chacha20poly1305 with sequence number 0 and no length: the second half of the key is unused. */
const chachaCipher: FileCipher = {
  keyLength: 64,
  ivLength: 0,
  blockLength: 8,
  tagLength: TAG_LENGTH,
  seal: (key, _iv, secret) => {
    const sealed = withRoomForTag(secret);
    const text = chacha20(key.subarray(0, 32), NO_NONCE, secret.slice(), 1);
    sealed.set(text);
    sealed.set(chachaTag(key, text), text.length);
    return sealed;
  },
  open: (key, _iv, sealed) => {
    const text = sealed.slice(0, -TAG_LENGTH);
    if (!equalBytes(chachaTag(key, text), sealed.subarray(-TAG_LENGTH))) return undefined;
    return chacha20(key.subarray(0, 32), NO_NONCE, text, 1);
  },
};

function chachaTag(key: Uint8Array, text: Uint8Array): Uint8Array {
  return poly1305(chacha20(key.subarray(0, 32), NO_NONCE, new Uint8Array(32), 0), text);
}

function withRoomForTag(secret: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(secret.length + TAG_LENGTH);
  sealed.set(secret);
  return sealed;
}

/** 3des-cbc is missing: only Node's provider has it. */
export const fileCiphers = {
  'aes256-ctr': ctrCipher(32),
  'aes192-ctr': ctrCipher(24),
  'aes128-ctr': ctrCipher(16),
  'aes256-gcm@openssh.com': gcmCipher(32),
  'aes128-gcm@openssh.com': gcmCipher(16),
  'chacha20-poly1305@openssh.com': chachaCipher,
  'aes256-cbc': cbcCipher(32),
  'aes192-cbc': cbcCipher(24),
  'aes128-cbc': cbcCipher(16),
} as const satisfies Record<string, FileCipher>;

export type FileCipherName = keyof typeof fileCiphers;

export function isFileCipherName(name: string): name is FileCipherName {
  return Object.hasOwn(fileCiphers, name);
}
