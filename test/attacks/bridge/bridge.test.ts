/** Group G: attacks on the gateway, in this process. */
import { expect, onTestFinished, test } from 'vitest';
import { checkBridgeCases } from './check.js';
import { bearer, RawVisitor, requestText, upgradeHeaders } from './raw-visitor.js';
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

test('G07: a connection that says nothing is closed', async () => {
  const bridge = await inProcess(onTestFinished, { requestTimeout: 100 });
  const visitor = await RawVisitor.come(onTestFinished, bridge);
  expect((await visitor.end()).code).toBe(1006);
});

test('G08: X-Forwarded-For in front of what a trusted proxy has written is not believed', async () => {
  const bridge = await inProcess(onTestFinished, { trust: ['127.0.0.1'] });
  const statuses: number[] = [];
  for (let round = 0; round < 25; round++) {
    const visitor = await RawVisitor.come(onTestFinished, bridge);
    const claim = ['X-Forwarded-For', `198.51.100.${round}, 203.0.113.7`] as const;
    visitor.send(requestText([...upgradeHeaders(bridge), bearer('wrong'), claim]));
    statuses.push((await visitor.response()).status);
  }
  expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
});
