/** The providers for Deno: its own, and the stand-in for the portable one there. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { webCrypto } from '@nacre/core/web-crypto';
import { denoCrypto } from '@nacre/edge/deno-crypto';

export const providers = async (): Promise<readonly CryptoProvider[]> => [denoCrypto, await webCrypto()];
