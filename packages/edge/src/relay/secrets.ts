/** Secrets of a relay: generation, and comparison in constant time. */
import { equalBytes } from '@nacre/core/crypto';

/** In characters: short secrets can be guessed from anywhere in the world. */
const SHORTEST_TOKEN = 32;

/** @throws TypeError */
export function assertToken(name: string, token: unknown): void {
  if (typeof token === 'string' && token.length >= SHORTEST_TOKEN) return;
  throw new TypeError(
    `${name} has less than ${SHORTEST_TOKEN} characters, or is not a string: set the secret that it comes from`,
  );
}

/** Random bytes as base64url without padding. */
export function createSecret(bytes: number = 32): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...random))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Security: compares in constant time; hashing first makes the lengths equal. */
export async function isSecret(given: string | undefined, secret: string | undefined): Promise<boolean> {
  if (given === undefined || secret === undefined) return false;
  const [left, right] = await Promise.all([digest(given), digest(secret)]);
  return equalBytes(left, right);
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
