/** `pty`: the terminal that the client asked for (RFC 4254 §6.2), with its current size. */
import { writeErrorText, writeText, type OwnCommand } from './command.js';

export const pty: OwnCommand = {
  operands: '',
  summary: 'show the terminal and its modes',
  async run(_operands, streams, session) {
    const terminal = session.pty;
    if (terminal === undefined) {
      await writeErrorText(streams, 'pty: the client asked for no terminal\n');
      return 1;
    }
    const { term, columns, rows, widthPixels, heightPixels, modes } = terminal;
    const lines = [
      `term: ${printable(term)}`,
      `size: ${columns}x${rows}`,
      `pixels: ${widthPixels}x${heightPixels}`,
      `modes: ${Object.entries(modes)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`,
    ];
    await writeText(streams, `${lines.join('\n')}\n`);
    return 0;
  },
};

/** Security: a client's text must not control the terminal of someone who watches. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
