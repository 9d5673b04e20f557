/** `die SIGNAL`: ends the session like a command that was killed by a signal (RFC 4254 §6.10). */
import { refuseUsage, type OwnCommand } from './command.js';

export const die: OwnCommand = {
  operands: 'SIGNAL',
  summary: 'end the session by a signal, TERM for instance',
  run: async ([name, ...more], streams) => {
    const signal = name?.replace(/^SIG/, '');
    if (signal === undefined || !/^[A-Z][A-Z0-9]{1,15}$/.test(signal) || more.length > 0) {
      return refuseUsage(streams, 'die SIGNAL, as in: die TERM');
    }
    return { signal };
  },
};
