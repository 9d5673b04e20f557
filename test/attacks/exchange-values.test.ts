/** Group D: hostile values in key exchange messages, for the native provider and for the portable one. */
import { noble } from '@nacre/core/noble';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { checkCases } from './case.js';
import { FINITE_FIELDS, finiteFieldCases } from './cases/finite-field.js';
import { groupExchangeCases, legacyGroupExchangeCases } from './cases/group-exchange.js';
import { exchangeValueCases } from './cases/providers.js';

for (const crypto of [noble, nodeCrypto]) {
  checkCases(`D: exchange values and ${crypto.name}`, exchangeValueCases(crypto));
}

for (const group of FINITE_FIELDS) checkCases(`D: ${group[0]}`, finiteFieldCases(group));
checkCases('D: group exchange', groupExchangeCases);
checkCases('D: group exchange with SHA-1', legacyGroupExchangeCases);
