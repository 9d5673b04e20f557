/** RFC 9110 §9.3.3: POST /ticket, at its bounds. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createTickets } from '../http/tickets.js';
import { noLog } from '../log.js';
import { createVisitors, VISITOR_LIMITS } from '../net/visitors.js';
import { ask, bearer, type Answer } from '../testing/gateway.js';
import type { TicketGrant } from './admission.js';
import { serveTicketDesk } from './ticket-desk.js';

/** The answer of a desk that has given so many tickets. */
async function answerAfter(issued: number): Promise<Answer> {
  const tickets = createTickets<TicketGrant>(60_000, () => 0);
  for (let count = 0; count < issued; count++) tickets.issue({ path: '/' });
  const server = createServer();
  onTestFinished(() => void server.close());
  const lists = { hosts: new Set(['bridge.test']), origins: new Set<string>() };
  const visitors = createVisitors(VISITOR_LIMITS);
  serveTicketDesk(server, { lists: () => lists, secrets: () => ({ token: 'secret', tickets }), visitors, log: noLog });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return ask(port, 'POST', '/ticket', { host: 'bridge.test', ...bearer('secret') });
}

test('of a thousand unused tickets each is given, and one more is not', async () => {
  expect((await answerAfter(999)).status).toBe(200);
  expect(await answerAfter(1_000)).toMatchObject({
    status: 503,
    body: expect.stringContaining('try again in a minute'),
  });
});

test('no answer leaves the connection open: what a client may send behind it as a body is not read', async () => {
  expect((await answerAfter(0)).headers.connection).toBe('close');
});
