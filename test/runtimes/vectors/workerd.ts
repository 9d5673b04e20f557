/** The provider for Workers with `nodejs_compat`. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { workersCrypto } from '@nacre/edge/workers-crypto';

export const providers = (): readonly CryptoProvider[] => [workersCrypto];
