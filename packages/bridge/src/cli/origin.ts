/** RFC 6454 §6.2: an origin as people write it. */
import { usageError } from '../bridge-error.js';

/** Extension pages: browsers give these schemes an origin, `URL` does not. */
const EXTENSION = /^[a-z][a-z0-9+.-]*-extension:\/\/[a-z0-9-]+$/;

/** @throws BridgeError with exit code 64 */
export function parseOrigin(text: string): string {
  const origin = text.toLowerCase();
  // Security: an opaque origin is written "null", which any sandboxed page can send.
  if (EXTENSION.test(origin) || (origin !== 'null' && URL.canParse(text) && new URL(text).origin === origin))
    return text;
  throw usageError(
    `--allow-origin "${text}" is not an origin`,
    'give scheme, host and port only, like https://host:8443',
  );
}
