/** Group D for the portable provider, whose arithmetic takes JavaScript seconds, and for the curves and groups that differ only in their numbers. */
import { noble } from '@nacre/core/noble';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { checkCases, type Case } from '../case.js';
import { FINITE_FIELDS, finiteFieldCases } from '../cases/finite-field.js';
import { legacyGroupExchangeCases } from '../cases/group-exchange.js';
import { exchangeValueCases } from '../cases/providers.js';
import { isOfUsualExchange } from '../cases/usual-exchanges.js';

const isOther = (row: Case): boolean => !isOfUsualExchange(row);
checkCases('D: exchange values and node:crypto', exchangeValueCases(nodeCrypto).filter(isOther));
checkCases('D: exchange values and noble', exchangeValueCases(noble));
for (const group of FINITE_FIELDS.slice(1)) checkCases(`D: ${group[0]}`, finiteFieldCases(group));
checkCases('D: group exchange with SHA-1', legacyGroupExchangeCases);
