/** What a browser is offered, and what a client or server has there that is given none. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { browserCrypto } from '@nacre/web-terminal';
import { portable } from '../../../packages/core/src/crypto/portable-provider.js';

export const providers = async (): Promise<readonly CryptoProvider[]> => [await browserCrypto(), portable];
