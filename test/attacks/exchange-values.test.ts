/** Group D: hostile values in key exchange messages, for the native provider; `thorough/exchange-values.test.ts` has the portable one, and other groups. */
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { checkCases } from './case.js';
import { FINITE_FIELDS, finiteFieldCases } from './cases/finite-field.js';
import { groupExchangeCases } from './cases/group-exchange.js';
import { exchangeValueCases } from './cases/providers.js';
import { isOfUsualExchange } from './cases/usual-exchanges.js';

checkCases('D: exchange values and node:crypto', exchangeValueCases(nodeCrypto).filter(isOfUsualExchange));
const [group] = FINITE_FIELDS;
checkCases(`D: ${group[0]}`, finiteFieldCases(group));
checkCases('D: group exchange', groupExchangeCases);
