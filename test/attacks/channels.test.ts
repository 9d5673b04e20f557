/** Group I: channels and windows. */
import { describe, test } from 'vitest';
import { checkCases, runCase } from './case.js';
import { bulkCases, floodCases, floods, idCases, openCases } from './cases/channels.js';
import { windowCases } from './cases/windows.js';
import { memory } from './wire.js';

checkCases('I: opening channels', openCases);
checkCases('I: windows', windowCases);
checkCases('I: numbers of channels', idCases);
checkCases('I: EOF and requests', floodCases);

describe('I: floods', () => {
  test.each([...bulkCases, ...floods('a thousand', 1)].map((row) => [row[0], row] as const))(
    '%s',
    async (_name, row) => {
      await runCase(row, memory, 'as sent');
    },
  );
});
