/** Group N: hostile servers against our client, before it has logged in. `thorough/exchange-values.test.ts` has hostile exchange values. */
import { checkClientCases } from './client-case.js';
import { malformedReplyCases } from './cases/client-exchange-values.js';
import { identClientCases } from './cases/client-ident.js';
import {
  extInfoCases,
  lastWordsCases,
  prefixCases,
  rekeyClientCases,
  replyCases,
  strangerCases,
  verifierCases,
} from './cases/client.js';

checkClientCases('A and N: the ident', identClientCases);
checkClientCases('N: the host key', [...strangerCases, ...verifierCases]);
checkClientCases('N: the reply of the exchange', [...replyCases, ...malformedReplyCases]);
checkClientCases('N: another host key', rekeyClientCases);
checkClientCases('N: EXT_INFO', extInfoCases);
checkClientCases('N: prefix truncation', prefixCases);
checkClientCases('N: the last words of a server', lastWordsCases);
