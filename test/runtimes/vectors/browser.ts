/** The providers for a browser: its own, and the one that a client or server there has if it is given none. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { browserCrypto } from '@nacre/web-terminal';
import { portable } from '../../../packages/core/src/crypto/portable-provider.js';

export const providers = async (): Promise<readonly CryptoProvider[]> => [await browserCrypto(), portable];
