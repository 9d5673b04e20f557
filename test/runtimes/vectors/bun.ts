/** The providers for Bun: its own, and the one that runs there without it. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { webCrypto } from '@nacre/core/web-crypto';
import { bunCrypto } from '@nacre/edge/bun-crypto';

export const providers = async (): Promise<readonly CryptoProvider[]> => [bunCrypto, await webCrypto()];
