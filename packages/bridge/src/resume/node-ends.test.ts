/** Node's streams as the end of a session: what was read comes before the end, however the stream ends. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { sessionStream } from './node-ends.js';

function listening(): { readonly input: PassThrough; readonly log: readonly string[]; readonly over: Promise<void> } {
  const input = new PassThrough();
  const log: string[] = [];
  const nothing = (): void => undefined;
  const stream = { input, output: new PassThrough(), finish: async () => undefined, abort: nothing };
  const over = new Promise<void>((resolve) => {
    sessionStream(stream).listen({
      data: (...chunks) => log.push(`data ${Buffer.concat(chunks).toString()}`),
      end: () => log.push('end'),
      gone: (error) => {
        log.push(error === undefined ? 'gone' : `gone: ${error.message}`);
        if (error === undefined) resolve();
      },
      drained: nothing,
    });
  });
  return { input, log, over };
}

test('chunks that are read in one turn of the event loop come together', async () => {
  const { input, log, over } = listening();
  input.write('one ');
  input.end('two');
  await over;
  expect(log).toEqual(['data one two', 'end', 'gone']);
});

test('what was read before a reset comes before it, in the same turn too', async () => {
  const { input, log, over } = listening();
  input.on('data', () => process.nextTick(() => input.destroy(new Error('reset'))));
  input.write('last words');
  await over;
  expect(log).toEqual(['data last words', 'gone: reset', 'gone']);
});
