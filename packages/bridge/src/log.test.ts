/** The names of records: all that are in the list are written somewhere, and described for operators. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LOG_EVENTS } from './log.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OPERATIONS = fileURLToPath(new URL('../../../docs/bridge-operations.md', import.meta.url));

test('docs/bridge-operations.md has a row for each event, and no other', () => {
  const [, section = ''] = /\n\| Event [^]*?\n([^]*?)\n\n/.exec(readFileSync(OPERATIONS, 'utf8')) ?? [];
  const rows = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, event]) => event);
  expect(rows.toSorted()).toEqual([...LOG_EVENTS]);
});

test('each event is written somewhere', () => {
  const files = readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !['log.ts', 'log-flood.ts'].includes(file),
  );
  const source = files.map((file) => readFileSync(join(HERE, file), 'utf8')).join('\n');
  expect(LOG_EVENTS.filter((event) => !source.includes(`'${event}'`))).toEqual([]);
});
