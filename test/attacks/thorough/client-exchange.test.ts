/** Group N: exchange values against our client, of the exchanges that the unit tests leave out. */
import { checkClientCases } from '../client-case.js';
import { clientExchangeValueCases } from '../cases/client-exchange-values.js';
import { isOfUsualExchange } from '../cases/usual-exchanges.js';

checkClientCases(
  'N: exchange values',
  clientExchangeValueCases.filter((row) => !isOfUsualExchange(row)),
);
