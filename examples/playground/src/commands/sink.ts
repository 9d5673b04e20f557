/** `sink`: reads stdin to its end and prints how many bytes it had. */
import { writeText, type OwnCommand } from './command.js';

export const sink: OwnCommand = {
  operands: '',
  summary: 'count the bytes of stdin',
  readsInput: true,
  async run(_operands, streams) {
    let length = 0;
    for (let chunk = await streams.read(); chunk !== undefined; chunk = await streams.read()) {
      length += chunk.length;
      streams.release(chunk);
    }
    await writeText(streams, `${length}\n`);
    return 0;
  },
};
