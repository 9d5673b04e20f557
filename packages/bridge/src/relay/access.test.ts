/** Who is let in to the relay's HTTP port, decided before any upgrade and before any ssh client is touched. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { LogFields } from '../log.js';
import { readToEnd, tcpClient } from '../testing/sockets.js';
import { ask, openSocket, openTab, originOf, startRelay, upgradeHeaders } from '../testing/tab.js';
import type { Relay } from './relay.js';

const hostProtocols = ({ token }: Relay): string => `nacre.host.v1, nacre.token.${token}`;

/** The status of an upgrade of `/host` with the right token. */
async function hostFrom(
  running: Relay,
  origin: string | undefined,
  more: Record<string, string> = {},
): Promise<number> {
  return (await ask(running, '/host', { ...upgradeHeaders(origin, hostProtocols(running)), ...more })).status;
}

/** What the port answers to exactly these bytes. */
async function answerTo(running: Relay, text: string): Promise<string> {
  const client = await tcpClient(running.httpPort);
  client.end(text);
  return (await readToEnd(client)).toString();
}

test('Origin: the three loopback names of the relay are let in', async () => {
  const running = await startRelay();
  for (const name of ['localhost', '127.0.0.1', '[::1]']) {
    expect(await hostFrom(running, `http://${name}:${running.httpPort}`)).toBe(101);
  }
});

test('Origin: everything else is refused with 403, with the right token and on both addresses', async () => {
  const running = await startRelay();
  const { httpPort: port } = running;
  const foreign = [
    'https://evil.test',
    'null',
    '',
    'http://127.0.0.1',
    `http://127.0.0.1:${port + 1}`,
    `https://localhost:${port}`,
    `http://localhost:${port}.evil.test`,
    `http://localhost:${port}/`,
    `http://localhost:${port} `.padEnd(40, 'x'),
    `http://evil.test/http://localhost:${port}`,
    `http://user@localhost:${port}`,
    `http://xlocalhost:${port}`,
    `http://localhost:${port}, https://evil.test`,
    'file://',
  ];
  for (const origin of foreign) {
    expect([origin, await hostFrom(running, origin)]).toEqual([origin, 403]);
    const link = await ask(running, '/link', upgradeHeaders(origin, 'nacre.link.v1'));
    expect([origin, link.status]).toEqual([origin, 403]);
  }
});

test('Origin: two of them are refused although one is right', async () => {
  const running = await startRelay();
  const fields = Object.entries(upgradeHeaders(originOf(running), hostProtocols(running))).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const request = [
    'GET /host HTTP/1.1',
    `Host: localhost:${running.httpPort}`,
    ...fields,
    'Origin: https://evil.test',
    '',
    '',
  ];
  expect(await answerTo(running, request.join('\r\n'))).toMatch(/^HTTP\/1\.1 403 /);
});

test('Origin: --allow-origin lets in that origin and no neighbour of it', async () => {
  const running = await startRelay({ allowOrigins: ['https://good.test'] });
  expect(await hostFrom(running, 'https://good.test')).toBe(101);
  for (const origin of [
    'https://good.test.evil.test',
    'https://evil-good.test',
    'http://good.test',
    'https://good.test:8443',
  ]) {
    expect(await hostFrom(running, origin)).toBe(403);
  }
});

test('no Origin: only a program with the token as a bearer token is let in', async () => {
  const running = await startRelay();
  const bearer = { authorization: `Bearer ${running.token}` };
  expect(await hostFrom(running, undefined, bearer)).toBe(101);
  expect(await hostFrom(running, undefined)).toBe(403);
  expect(await hostFrom(running, undefined, { authorization: 'Bearer wrong' })).toBe(403);
  expect(await hostFrom(running, undefined, { authorization: `Basic ${running.token}` })).toBe(403);
  expect(await hostFrom(running, undefined, { ...bearer, 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect((await ask(running, '/link', upgradeHeaders(undefined, 'nacre.link.v1, nacre.ticket.x'))).status).toBe(403);
});

test('Host: the loopback names with the port are served, in any case; all others get 421', async () => {
  const running = await startRelay({ allowHosts: ['relay.test'] });
  const { httpPort: port } = running;
  const statusFor = async (host: string): Promise<number> => (await ask(running, '/nothing', { host })).status;
  for (const host of [`localhost:${port}`, `LocalHost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'relay.test']) {
    expect([host, await statusFor(host)]).toEqual([host, 404]);
  }
  for (const host of [
    'evil.test',
    `evil.test:${port}`,
    'localhost',
    `localhost:${port + 1}`,
    `localhost.evil.test:${port}`,
    'relay.test:1',
  ]) {
    expect([host, await statusFor(host)]).toEqual([host, 421]);
  }
  expect(await hostFrom(running, originOf(running), { host: 'evil.test' })).toBe(421);
});

test('Host: none, two, or a target with a host of its own get 400', async () => {
  const running = await startRelay();
  const host = `Host: localhost:${running.httpPort}\r\n`;
  for (const request of [
    'GET / HTTP/1.1\r\n\r\n',
    `GET / HTTP/1.1\r\n${host}${host}\r\n`,
    `GET / HTTP/1.1\r\n${host}Host: evil.test\r\n\r\n`,
    `GET http://evil.test/ HTTP/1.1\r\n${host}\r\n`,
    `GET * HTTP/1.1\r\n${host}\r\n`,
  ]) {
    expect([request, await answerTo(running, request)]).toEqual([request, expect.stringMatching(/^HTTP\/1\.1 400 /)]);
  }
});

test('token: a wrong, shortened, lengthened or missing one gets 401 with the right Origin', async () => {
  const running = await startRelay();
  const { token } = running;
  for (const given of ['', 'x', token.slice(0, -1), `${token}x`, token.toLowerCase()]) {
    const answer = await ask(
      running,
      '/host',
      upgradeHeaders(originOf(running), `nacre.host.v1, nacre.token.${given}`),
    );
    expect([given, answer.status]).toEqual([given, 401]);
  }
  expect((await ask(running, '/host', upgradeHeaders(originOf(running), 'nacre.host.v1'))).status).toBe(401);
});

test('token: in the query it counts for nothing, and no log record or answer repeats it', async () => {
  const records: string[] = [];
  const running = await startRelay({
    log: (...record: [string, string, string, LogFields?]) => records.push(JSON.stringify(record)),
  });
  const secret = running.token;
  const headers = upgradeHeaders(originOf(running), 'nacre.host.v1');
  const answers = [
    await ask(running, `/host?token=${secret}`, headers),
    await ask(running, `/${secret}`),
    await ask(running, `/host?nacre.token.${secret}`),
    await ask(running, '/host', upgradeHeaders('https://evil.test', hostProtocols(running))),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 404, 426, 403]);
  expect(records.length).toBeGreaterThan(0);
  expect(JSON.stringify([answers, records])).not.toContain(secret);
  const tab = await openTab(running);
  await tcpClient(running.sshPort);
  const { ticket } = await tab.next();
  await once(tab.dialBack(ticket), 'open');
  expect(records.join()).not.toContain(secret);
  expect(records.join()).not.toContain(ticket);
});

test('a ticket of one relay is nothing to another', async () => {
  const [mine, other] = [await startRelay(), await startRelay()];
  const tab = await openTab(mine);
  await tcpClient(mine.sshPort);
  const { ticket } = await tab.next();
  const [, response] = await once(
    openSocket(other, '/link', ['nacre.link.v1', `nacre.ticket.${ticket}`]),
    'unexpected-response',
  );
  expect(response.statusCode).toBe(401);
  await once(tab.dialBack(ticket), 'open');
});

test('an upgrade that is malformed does not use up its ticket', async () => {
  const running = await startRelay();
  const tab = await openTab(running);
  await tcpClient(running.sshPort);
  const { ticket } = await tab.next();
  const headers = upgradeHeaders(originOf(running), `nacre.link.v1, nacre.ticket.${ticket}`);
  expect((await ask(running, '/link', { ...headers, 'sec-websocket-key': 'short' })).status).toBe(400);
  await once(tab.dialBack(ticket), 'open');
});

test('an upgrade without the subprotocol gets 400, of an unknown address 404', async () => {
  const running = await startRelay();
  expect((await ask(running, '/host', upgradeHeaders(originOf(running), `nacre.token.${running.token}`))).status).toBe(
    400,
  );
  expect((await ask(running, '/other', upgradeHeaders(originOf(running), hostProtocols(running)))).status).toBe(404);
});

test('compression is offered and not negotiated', async () => {
  const running = await startRelay();
  const headers = upgradeHeaders(originOf(running), hostProtocols(running));
  const answer = await ask(running, '/host', {
    ...headers,
    'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
  });
  expect(answer.status).toBe(101);
  expect(answer.headers['sec-websocket-extensions']).toBeUndefined();
  expect(answer.headers['sec-websocket-protocol']).toBe('nacre.host.v1');
});

test('X-Forwarded-For and its kin change neither the announced address nor the limits', async () => {
  const running = await startRelay({ limits: { maxWaitingPerSource: 1 } });
  const tab = await openTab(running);
  const client = await tcpClient(running.sshPort);
  expect((await tab.next()).peer.address).toBe('127.0.0.1');
  const headers = {
    'x-forwarded-for': '203.0.113.9',
    forwarded: 'for=203.0.113.9;host=evil.test',
    'x-forwarded-host': 'evil.test',
  };
  expect((await ask(running, '/relay.json', { ...headers, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  expect((await ask(running, '/relay.json', { ...headers, origin: 'https://evil.test' })).status).toBe(403);
  client.destroy();
});

test('too many header fields or too many bytes of them get 431', async () => {
  const running = await startRelay();
  const fields = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x-${index}`, 'y']));
  expect((await ask(running, '/', fields)).status).toBe(431);
  expect((await ask(running, '/', { 'x-large': 'y'.repeat(20_000) })).status).toBe(431);
});

test('a header that drips in is cut off', async () => {
  const running = await startRelay({ limits: { requestTimeout: 100 } });
  const client = await tcpClient(running.httpPort);
  client.write('GET / HTTP/1.1\r\nHost: ');
  const drip = setInterval(() => client.write('x'), 20);
  const answer = await readToEnd(client).catch(() => Buffer.from('reset'));
  clearInterval(drip);
  expect(answer.toString()).toMatch(/^(?:HTTP\/1\.1 408 |reset)/);
});

test('a refused upgrade is readable for a client that had more to say', async () => {
  const running = await startRelay();
  const client = await tcpClient(running.httpPort);
  const fields = Object.entries(upgradeHeaders('https://evil.test', 'x')).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  client.write(`GET /host HTTP/1.1\r\nHost: localhost:${running.httpPort}\r\n${fields.join('')}\r\n`);
  client.write(Buffer.alloc(100_000));
  expect((await readToEnd(client)).toString()).toMatch(
    /^HTTP\/1\.1 403 Forbidden\r\n[^]*pages of this origin are not let in/,
  );
});
