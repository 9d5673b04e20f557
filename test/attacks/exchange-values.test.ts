/** Group D: hostile values in key exchange messages, for the native provider and for the portable one. */
import { noble } from '@nacre/core/noble';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { checkCases, type Case } from './case.js';
import { hybridCases, nistCases, x25519Cases } from './cases/exchange-values.js';

const cases = [...x25519Cases, ...hybridCases, ...nistCases];
const withNoble = cases.map(([name, act, end, options]): Case => [
  name,
  act,
  end,
  { ...options, server: { ...options?.server, crypto: noble } },
]);
const withNode = cases.map(([name, act, end, options]): Case => [
  name,
  act,
  end,
  { ...options, server: { ...options?.server, crypto: nodeCrypto } },
]);

checkCases('D: exchange values and noble', withNoble);
checkCases('D: exchange values and node:crypto', withNode);
