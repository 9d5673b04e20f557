/** RFC 6454 §6.2: an origin as people write it. */
import { BridgeError } from '../bridge-error.js';
import { EXIT } from '../exit-codes.js';

/** @throws BridgeError with exit code 64 */
export function parseOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text.toLowerCase()) return text;
  throw new BridgeError(
    'usage',
    EXIT.usage,
    `--allow-origin "${text}" is not an origin`,
    'give scheme, host and port only, like https://host:8443',
  );
}
