/** Clients that wait for the tab, and leave while they do. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { closeOf, readToEnd, tcpClient } from '../testing/sockets.js';
import { parseRefusal } from '../testing/ssh-stream.js';
import { openSocket, openTab, startRelay } from '../testing/tab.js';
import type { Relay } from './relay.js';

async function refusalOf(running: Relay): Promise<{ reason: number; description: string }> {
  return parseRefusal(await readToEnd(await tcpClient(running.sshPort)));
}

test('at most so many clients of one address wait, and so many in all', async () => {
  const perSource = await startRelay({ limits: { maxWaitingPerSource: 2 } });
  await openTab(perSource);
  await Promise.all([tcpClient(perSource.sshPort), tcpClient(perSource.sshPort)]);
  expect(await refusalOf(perSource)).toMatchObject({
    reason: 12,
    description: expect.stringContaining('from your address'),
  });

  const inAll = await startRelay({ limits: { maxWaiting: 1 } });
  await openTab(inAll);
  await tcpClient(inAll.sshPort);
  expect(await refusalOf(inAll)).toMatchObject({
    reason: 12,
    description: expect.stringContaining('too many clients'),
  });
});

test.each([
  ['without a word', ''],
  ['after its identification', 'SSH-2.0-x\r\n'],
])('a client that leaves %s while it waits takes no place any more', async (_name, words) => {
  const running = await startRelay({ limits: { maxWaitingPerSource: 1 } });
  const tab = await openTab(running);
  const left = await tcpClient(running.sshPort);
  await tab.next();
  left.end(words);
  const announced = tab.next();
  const isAnnounced = announced.then(() => true);
  while (!(await Promise.race([isAnnounced, refusalOf(running).then(() => false)])));
  expect((await announced).type).toBe('connection');
});

test('the ticket of a client that has left: the link opens and is closed, so that no dial fails', async () => {
  const running = await startRelay({ limits: { maxWaitingPerSource: 1, maxUnanswered: 1 } });
  const tab = await openTab(running);
  const left = await tcpClient(running.sshPort);
  const { ticket } = await tab.next();
  const ended = once(left, 'close');
  left.resume().end();
  // The relay has noticed.
  await ended;
  const link = tab.dialBack(ticket);
  const closed = closeOf(link);
  await once(link, 'open');
  expect(await closed).toEqual({ code: 1008, reason: 'the ssh client has left' });
  const [, response] = await once(tab.dialBack(ticket), 'unexpected-response');
  expect(response.statusCode).toBe(401);
});

test('a tab is told of only so many clients before it has dialled back, whether they stay or leave', async () => {
  const running = await startRelay({ limits: { maxUnanswered: 2 } });
  const tab = await openTab(running);
  const left = await tcpClient(running.sshPort);
  const gone = await tab.next();
  const ended = once(left, 'close');
  left.resume().end();
  await ended;
  await tcpClient(running.sshPort);
  await tab.next();
  let isTold = false;
  await Promise.all([tcpClient(running.sshPort), tcpClient(running.sshPort)]);
  const next = tab.next().finally(() => (isTold = true));
  // The relay has accepted them: it answers connections in order of arrival.
  const link = openSocket(running, '/link', ['nacre.link.v1', `nacre.ticket.${'x'.repeat(43)}`]);
  await once(link, 'unexpected-response');
  expect(isTold).toBe(false);
  tab.dialBack(gone.ticket);
  await next;
});

test('a ticket that is not answered in time makes room for the next client', async () => {
  const running = await startRelay({ limits: { maxUnanswered: 1, linkTimeout: 50 } });
  const tab = await openTab(running);
  const left = await tcpClient(running.sshPort);
  await tab.next();
  left.resume().end();
  await tcpClient(running.sshPort);
  expect((await tab.next()).type).toBe('connection');
});
