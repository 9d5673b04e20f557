/** The platform's random bytes (Web Cryptography API §10.1.1). */

export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
