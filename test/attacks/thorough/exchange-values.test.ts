/** Group D for the portable provider, whose arithmetic takes JavaScript seconds, and for the groups that differ only in their numbers. */
import { noble } from '@nacre/core/noble';
import { checkCases } from '../case.js';
import { FINITE_FIELDS, finiteFieldCases } from '../cases/finite-field.js';
import { legacyGroupExchangeCases } from '../cases/group-exchange.js';
import { exchangeValueCases } from '../cases/providers.js';

checkCases('D: exchange values and noble', exchangeValueCases(noble));
for (const group of FINITE_FIELDS.slice(1)) checkCases(`D: ${group[0]}`, finiteFieldCases(group));
checkCases('D: group exchange with SHA-1', legacyGroupExchangeCases);
