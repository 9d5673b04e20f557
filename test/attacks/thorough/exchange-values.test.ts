/**
 * Groups D and N: hostile values in the messages of every key exchange, against our server and our client. The unit tests have those
 * of each exchange by itself (`algorithms/key-exchange.test.ts`, `finite-field.test.ts`).
 */
import { noble } from '@nacre/core/noble';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { checkCases } from '../case.js';
import { clientExchangeValueCases } from '../cases/client-exchange-values.js';
import { FINITE_FIELDS, finiteFieldCases } from '../cases/finite-field.js';
import { groupExchangeCases, legacyGroupExchangeCases } from '../cases/group-exchange.js';
import { exchangeValueCases } from '../cases/providers.js';
import { checkClientCases } from '../client-case.js';

checkCases('D: exchange values and node:crypto', exchangeValueCases(nodeCrypto));
checkCases('D: exchange values and noble', exchangeValueCases(noble));
for (const group of FINITE_FIELDS) checkCases(`D: ${group[0]}`, finiteFieldCases(group));
checkCases('D: group exchange', groupExchangeCases);
checkCases('D: group exchange with SHA-1', legacyGroupExchangeCases);
checkClientCases('N: exchange values', clientExchangeValueCases);
