/** RFC 6454 §6.2: an origin as people write it. */
import { usageError } from '../bridge-error.js';

/** Schemes that browsers give origins to and URLs do not: pages of extensions. */
const EXTENSION = /^[a-z][a-z0-9+.-]*-extension:\/\/[a-z0-9-]+$/;

/** @throws BridgeError with exit code 64 */
export function parseOrigin(text: string): string {
  const origin = text.toLowerCase();
  // Security: URLs whose origin is opaque say "null" of it, which any sandboxed page can be.
  if (EXTENSION.test(origin) || (origin !== 'null' && URL.canParse(text) && new URL(text).origin === origin))
    return text;
  throw usageError(
    `--allow-origin "${text}" is not an origin`,
    'give scheme, host and port only, like https://host:8443',
  );
}
