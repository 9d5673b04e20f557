/** What the user of `proxy` is told about the end of a link. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { proxy } from './proxy.js';
import { startGateway } from './testing/gateway.js';

test.each([
  ['that could be resumed', true, 'the server cut it off'],
  ['of plain bytes', false, 'the server ended it'],
])('a server that stops: a link %s', async (_what, resume, how) => {
  const gateway = await startGateway({ token: false }, (socket) => void socket.write('hello'));
  const [input, output] = [new PassThrough(), new PassThrough()];
  const ended = proxy({ url: gateway.url, resume, input, output }).catch((error: unknown) => error);
  await once(output, 'data');
  await gateway.close(1);
  expect(await ended).toMatchObject({
    exitCode: 69,
    message: `link failed: ${how}: the bridge is shutting down; connect again when it is back`,
  });
});
