/** `zero MIB`: zeros, in constant memory. */
import { parseCount, refuseUsage, type OwnCommand } from './command.js';

const MEBIBYTE = 2 ** 20;
/** One packet's worth, so that nothing larger than a packet waits. */
const CHUNK = new Uint8Array(32 * 1024);
const MAXIMUM_MEBIBYTES = 2 ** 20;

export const zero: OwnCommand = {
  operands: 'MIB',
  summary: 'write that many MiB of zeros',
  async run([amount, ...more], streams) {
    const mebibytes = parseCount(amount, MAXIMUM_MEBIBYTES);
    if (mebibytes === undefined || more.length > 0) return refuseUsage(streams, 'zero MIB');
    for (let left = mebibytes * MEBIBYTE; left > 0 && !streams.signal.aborted; left -= CHUNK.length) {
      await streams.write(CHUNK);
    }
    return 0;
  },
};
