/** Group J: global requests and forwarding. */
import { checkCases } from './case.js';
import { forwardingCases } from './cases/forwarding.js';

checkCases('J: forwarding', forwardingCases);
