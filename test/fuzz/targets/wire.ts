/** RFC 4251 §5, RFC 4253 §4.2: message rows, and the identification. */
import { SshError } from '../../../packages/core/src/errors.js';
import { Identifications } from '../../../packages/core/src/transport/identification.js';
import type { Fields } from '../../../packages/core/src/wire/fields.js';
import type { Layout, Message } from '../../../packages/core/src/wire/message.js';
import { equal } from '../bytes.js';
import { generateMessage } from '../generate.js';
import { mutateMessage } from '../mutate.js';
import { Random } from '../random.js';
import { messages, messagesWith, tails } from '../rows.js';
import { bytesShape } from '../shapes.js';
import { attempt, Finding, undocumented, type Target } from '../target.js';

/** What is read and written again must read the same, and be the same bytes, except for texts, booleans and name-lists with several forms. */
function checkRow(name: string, row: Message | Layout<Fields>, bytes: Uint8Array): void {
  const values = attempt(`${name} decode`, () => row.decode(bytes));
  if (values === undefined) return;
  const again = row.encode(values).slice();
  const valuesAgain = row.decode(again);
  const shown = show(values);
  if (shown !== show(valuesAgain)) throw new Finding(`${name} round trip`, `${shown} became ${show(valuesAgain)}`);
  // A comma after the last name of a list is ignored.
  const commas = bytes.length - again.length;
  const hasForms = /:true|\ufffd/.test(shown) || (commas > 0 && commas <= shown.split('["').length - 1);
  if (!hasForms && !equal(again, bytes))
    throw new Finding(`${name} canonical`, `${shown} was not written as it was read`);
}

function show(values: unknown): string {
  return JSON.stringify(values, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  });
}

/** After the message numbers come those of the records inside them. */
const messageTarget: Target = {
  name: 'messages',
  shape: {
    ...bytesShape,
    mutate: (input, random) => (random.oneIn(8) ? generateMessage(random) : mutateMessage(input, random)),
  },
  seeds: () => {
    const random = new Random(1);
    return Array.from({ length: 4 * messages.length }, () => generateMessage(random));
  },
  run: (input) => {
    for (const row of messagesWith(input[0])) checkRow(`message ${row.number}`, row, input);
    for (const row of tails) checkRow(Object.keys(row.fields).join(','), row, input.subarray(1));
  },
};

/** Lines for either role, whole and byte by byte. */
const identTarget: Target = {
  name: 'ident',
  shape: bytesShape,
  seeds: () => ['SSH-2.0-x\r\n', 'hello\r\nSSH-2.0-OpenSSH_9.2 a\n', 'SSH-1.99-x\r\n'].map((line) => Buffer.from(line)),
  run: (input) => {
    for (const role of ['client', 'server'] as const) {
      const whole = readIdentification(role, [input]);
      const single = readIdentification(
        role,
        Array.from(input, (byte) => Uint8Array.of(byte)),
      );
      if (whole !== single) throw new Finding('chunks matter', `${role}: ${whole} whole, ${single} byte by byte`);
    }
  },
};

function readIdentification(role: 'client' | 'server', chunks: readonly Uint8Array[]): string {
  const identifications = new Identifications(role, 'SSH-2.0-us');
  try {
    let offset = 0;
    for (const chunk of chunks) {
      const rest = identifications.receive(chunk);
      offset += chunk.length;
      const identification = identifications.remote;
      if ((rest === undefined) !== (identification === undefined))
        throw new Finding('half an identification', JSON.stringify(identification));
      if (identification === undefined) continue;
      if (/[^\x20-\x7e]/.test(identification) || identification.length > 253)
        throw new Finding('bad identification', JSON.stringify(identification));
      return `${identification} ${offset - rest!.length}`;
    }
    const { saidInstead } = identifications;
    if (/[\x00-\x1f\x7f-\x9f]/.test(saidInstead)) throw new Finding('shows control characters', saidInstead);
    return `incomplete: ${saidInstead}`;
  } catch (error) {
    if (error instanceof SshError) return error.message;
    throw error instanceof Finding ? error : undocumented('identification', error);
  }
}

export const wireTargets: readonly Target[] = [messageTarget, identTarget];
