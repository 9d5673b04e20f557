/** RFC 4253 §7.1: every key exchange that clients offer, in order of preference. No set of a server's has the last. */
import { groupExchanges } from './group-exchange.js';
import * as table from './table.js';

export const keyExchanges = { ...table.keyExchanges, ...groupExchanges.keyExchanges };
