/** Group D: hostile values for the exchanges whose arithmetic is a provider's, against a server with one of those providers. */
import type { CryptoProvider } from '@nacre/core/crypto';
import type { Case } from '../case.js';
import { hybridCases, x25519Cases } from './exchange-values.js';
import { nistCurveCases } from './nist-curves.js';
import { sntrup761Cases } from './sntrup761.js';

export function exchangeValueCases(crypto: CryptoProvider): readonly Case[] {
  const cases = [...x25519Cases, ...hybridCases].map(([name, act, end, options]): Case => {
    return [name, act, end, { ...options, server: { ...options?.server, crypto } }];
  });
  const sntrup761 = sntrup761Cases({ peer: { keyExchange: 'sntrup761x25519-sha512' }, server: { crypto } });
  return [...cases, ...nistCurveCases(crypto), ...sntrup761];
}
