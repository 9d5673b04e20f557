/** Declares the used part of the package `bcrypt-pbkdf`, which has no types of its own. */
declare module 'bcrypt-pbkdf' {
  const bcrypt: {
    /** Length of the output of `hash`, in bytes. */
    readonly HASHSIZE: number;
    /** Writes the bcrypt hash of two SHA-512 digests to `out`. */
    hash(sha512Passphrase: Uint8Array, sha512Salt: Uint8Array, out: Uint8Array): void;
  };
  export default bcrypt;
}
