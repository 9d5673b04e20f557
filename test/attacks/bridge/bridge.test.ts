/** Group G: the gateway attacked in this process. */
import { expect, onTestFinished, test } from 'vitest';
import { checkBridgeCases } from './check.js';
import { RawVisitor } from './raw-visitor.js';
import { inProcess } from './subject.js';

checkBridgeCases(inProcess);

test('G07: a header that drips in is cut off, and its place is free again', async () => {
  const bridge = await inProcess(onTestFinished, { requestTimeout: 100 });
  const visitor = await RawVisitor.come(onTestFinished, bridge);
  visitor.send('GET / HTTP/1.1\r\nHost: ');
  const drip = setInterval(() => visitor.send('x'), 20);
  const { status, code } = await visitor.end();
  clearInterval(drip);
  expect([status === 408 || status === 0, code]).toEqual([true, 1006]);
});
