/** The providers for Workers without `nodejs_compat`: the portable one, which a server has if it is given none, and WebCrypto's. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { webCrypto } from '@nacre/core/web-crypto';
import { portable } from '../../../packages/core/src/crypto/portable-provider.js';

export const providers = async (): Promise<readonly CryptoProvider[]> => [portable, await webCrypto()];
