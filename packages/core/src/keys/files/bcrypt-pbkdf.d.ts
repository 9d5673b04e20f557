/** Declares the used part of the package `bcrypt-pbkdf`, which has no types of its own. */
declare module 'bcrypt-pbkdf' {
  const bcrypt: {
    /** Length of the output of `hash`, in bytes. */
    readonly HASHSIZE: number;
    /** Writes the bcrypt hash of two SHA-512 digests to `out`. */
    hash(sha512Passphrase: Uint8Array, sha512Salt: Uint8Array, out: Uint8Array): void;
    /** All of bcrypt_pbkdf(3), without a pause; tests compare with it. Fills `key`. @returns 0 if it has worked */
    pbkdf(
      passphrase: Uint8Array,
      passphraseLength: number,
      salt: Uint8Array,
      saltLength: number,
      key: Uint8Array,
      keyLength: number,
      rounds: number,
    ): number;
  };
  export default bcrypt;
}
