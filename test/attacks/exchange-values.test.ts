/** Group D: hostile values in key exchange messages, for the native provider and for the portable one. */
import { noble } from '@nacre/core/noble';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { checkCases, type Case } from './case.js';
import { hybridCases, nistCases, x25519Cases } from './cases/exchange-values.js';
import { FINITE_FIELDS, finiteFieldCases } from './cases/finite-field.js';
import { groupExchangeCases, legacyGroupExchangeCases } from './cases/group-exchange.js';
import { largerCurveCases } from './cases/larger-curves.js';
import { sntrup761Cases } from './cases/sntrup761.js';

for (const crypto of [noble, nodeCrypto]) {
  const cases = [...x25519Cases, ...hybridCases, ...nistCases].map(([name, act, end, options]): Case => {
    return [name, act, end, { ...options, server: { ...options?.server, crypto } }];
  });
  checkCases(`D: exchange values and ${crypto.name}`, [...cases, ...(await largerCurveCases(crypto))]);
}

for (const group of FINITE_FIELDS) checkCases(`D: ${group[0]}`, finiteFieldCases(group));
checkCases('D: group exchange', groupExchangeCases);
checkCases('D: group exchange with SHA-1', legacyGroupExchangeCases);

for (const [keyExchange, crypto] of [
  ['sntrup761x25519-sha512', noble],
  ['sntrup761x25519-sha512@openssh.com', nodeCrypto],
] as const) {
  checkCases(`D: ${keyExchange} and ${crypto.name}`, sntrup761Cases({ peer: { keyExchange }, server: { crypto } }));
}
