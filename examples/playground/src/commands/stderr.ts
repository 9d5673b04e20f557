/** `stderr TEXT`: writes to stderr only. */
import { writeErrorText, type OwnCommand } from './command.js';

export const stderr: OwnCommand = {
  operands: 'TEXT',
  summary: 'write TEXT to stderr',
  async run(words, streams) {
    await writeErrorText(streams, `${words.join(' ')}\n`);
    return 0;
  },
};
