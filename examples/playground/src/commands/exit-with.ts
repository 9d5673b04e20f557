/** `exit-with N`: ends with status N, which has 32 bits, as in RFC 4254 §6.10. */
import { parseCount, refuseUsage, type OwnCommand } from './command.js';

const MAXIMUM_STATUS = 2 ** 32 - 1;

export const exitWith: OwnCommand = {
  operands: 'N',
  summary: 'end with exit status N',
  run: async ([status, ...more], streams) => {
    const parsed = more.length === 0 ? parseCount(status, MAXIMUM_STATUS) : undefined;
    return parsed ?? refuseUsage(streams, 'exit-with N');
  },
};
