/** Group I: floods of ten thousand, where the unit tests send a thousand. */
import { describe, test } from 'vitest';
import { runCase } from '../case.js';
import { floods } from '../cases/channels.js';
import { memory } from '../wire.js';

describe('I: floods', () => {
  test.each(floods('ten thousand', 10).map((row) => [row[0], row] as const))('%s', async (_name, row) => {
    await runCase(row, memory, 'as sent');
  });
});
