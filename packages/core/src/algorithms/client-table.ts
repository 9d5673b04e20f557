/** RFC 4253 §7.1: the key exchanges of clients, in the order of `table.ts`: with the client's half, and with those that no server set has. */
import { groupExchanges } from './group-exchange.js';
import { sntrup761x25519Sha512 } from './sntrup761x25519.js';
import * as table from './table.js';

export const keyExchanges = {
  ...table.keyExchanges,
  'sntrup761x25519-sha512': sntrup761x25519Sha512,
  'sntrup761x25519-sha512@openssh.com': sntrup761x25519Sha512,
  ...groupExchanges.keyExchanges,
};
