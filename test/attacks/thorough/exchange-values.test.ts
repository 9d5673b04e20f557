/** Group D for the portable provider, whose arithmetic takes JavaScript seconds. */
import { noble } from '@nacre/core/noble';
import { checkCases } from '../case.js';
import { exchangeValueCases } from '../cases/providers.js';

checkCases('D: exchange values and noble', exchangeValueCases(noble));
