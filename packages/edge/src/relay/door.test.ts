import { expect, test } from 'vitest';
import { judge, type Admission } from './door.js';

const HOST_TOKEN = 'a-token-of-hosts-in-tests-of-the-relay';
const VISITOR_TOKEN = 'a-token-of-visitors-in-tests-of-the-relay';
const TICKET = 'T'.repeat(43);
const ADMISSION: Admission = { origins: ['https://tab.example'], hostToken: HOST_TOKEN, visitorToken: VISITOR_TOKEN };

const PAGE = { origin: 'https://tab.example' };
const RESUME = { 'ssh-bridge-resume': 'v4' };
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const protocols = (...names: readonly string[]): Record<string, string> => ({
  'sec-websocket-protocol': names.join(', '),
});

/** An upgrade, unless the fields say otherwise. */
function ask(path: string, fields: Record<string, string> = {}, admission: Partial<Admission> = {}, cf?: object) {
  const headers = new Headers({ upgrade: 'websocket', ...fields });
  return judge({ url: `https://relay.example${path}`, headers, cf }, { ...ADMISSION, ...admission });
}

test.each([
  ['a host, a program', '/tab/host', { ...protocols('nacre.host.v1'), ...bearer(HOST_TOKEN) }, 'host'],
  ['a host, a page', '/tab/host', { ...PAGE, ...protocols('nacre.host.v1', `nacre.token.${HOST_TOKEN}`) }, 'host'],
  [
    'a link, a program’s',
    '/tab/v4/connect',
    { ...protocols('ssh', `nacre.ticket.${TICKET}`), ...bearer(HOST_TOKEN) },
    'link',
  ],
  ['a link, a page’s', '/tab/v4/connect', { ...PAGE, ...protocols('ssh', `nacre.ticket.${TICKET}`) }, 'link'],
  ['a visitor', '/tab', { ...RESUME, ...bearer(VISITOR_TOKEN) }, 'visit'],
  ['a visitor, with a slash', '/tab/', { ...RESUME, ...bearer(VISITOR_TOKEN) }, 'visit'],
  ['a visitor, a page', '/tab/v4/connect', { ...PAGE, ...protocols('ssh', `nacre.token.${VISITOR_TOKEN}`) }, 'visit'],
  [
    'who comes back, a program',
    '/tab/v4/reconnect?sid=x&ack=7',
    { ...protocols('ssh'), ...bearer(HOST_TOKEN) },
    'return',
  ],
  ['who comes back, a page', '/tab/v4/reconnect?sid=x&ack=7', { ...PAGE, ...protocols('ssh') }, 'return'],
])('%s is let in', async (_who, path, fields, kind) => {
  const verdict = await ask(path, fields);
  expect(verdict).toMatchObject({ name: 'tab', errand: { kind } });
  expect(JSON.stringify('headers' in verdict && verdict.headers)).not.toMatch(/token|ticket/);
});

test.each([
  [404, 'no name', '/', {}],
  [404, 'a name that is none', '/Tab', {}],
  [404, 'a name with a dot', '/a.b', {}],
  [404, 'a name of 64 letters', `/${'a'.repeat(64)}`, {}],
  [404, 'a hyphen at the end', '/tab-', {}],
  [404, 'a path that is none', '/tab/relay.json', {}],
  [426, 'no upgrade', '/tab', { upgrade: '' }],
  [403, 'another origin', '/tab/host', { origin: 'https://evil.example' }],
  [403, 'an origin that begins alike', '/tab/host', { origin: 'https://tab.example.evil' }],
  [403, 'the origin of a file', '/tab/host', { origin: 'null' }],
  [403, 'a browser without its origin', '/tab/host', { 'sec-fetch-mode': 'websocket', ...bearer(HOST_TOKEN) }],
  [400, 'a host without its subprotocol', '/tab/host', bearer(HOST_TOKEN)],
  [401, 'a host without a token', '/tab/host', protocols('nacre.host.v1')],
  [401, 'a host with the token of visitors', '/tab/host', { ...protocols('nacre.host.v1'), ...bearer(VISITOR_TOKEN) }],
  [401, 'a page with a wrong token', '/tab/host', { ...PAGE, ...protocols('nacre.host.v1', 'nacre.token.x') }],
  [401, 'a program’s link without a token', '/tab/v4/connect', protocols('ssh', `nacre.ticket.${TICKET}`)],
  [401, 'a ticket that is none', '/tab/v4/connect', { ...PAGE, ...protocols('ssh', 'nacre.ticket.x') }],
  [400, 'a link without its subprotocol', '/tab/v4/connect', { ...PAGE, ...protocols(`nacre.ticket.${TICKET}`) }],
  [400, 'a plain link', '/tab/link', { ...PAGE, ...protocols('nacre.link.v1', `nacre.ticket.${TICKET}`) }],
  [400, 'a visitor who cannot resume', '/tab', bearer(VISITOR_TOKEN)],
  [401, 'a visitor without a token', '/tab', RESUME],
  [401, 'a visitor with the token of hosts', '/tab', { ...RESUME, ...bearer(HOST_TOKEN) }],
  [401, 'a page that visits without a token', '/tab/v4/connect', { ...PAGE, ...protocols('ssh') }],
  [401, 'a program that comes back without a token', '/tab/v4/reconnect?sid=x&ack=0', protocols('ssh')],
  [400, 'who comes back from nowhere', '/tab/v4/reconnect?sid=x', { ...PAGE, ...protocols('ssh') }],
  [400, 'who comes back to what is no id', '/tab/v4/reconnect?sid=%E2%82%AC&ack=0', { ...PAGE, ...protocols('ssh') }],
  [400, 'who comes back from below zero', '/tab/v4/reconnect?sid=x&ack=-1', { ...PAGE, ...protocols('ssh') }],
])('%i: %s', async (status, _what, path, fields) => {
  const verdict = await ask(path, fields);
  expect(verdict).toMatchObject({ status });
  expect('message' in verdict && verdict.message).toMatch(/^[^\n]{10,160}$/);
});

test('a name may have its own token; a name without one admits nobody, and does not say so', async () => {
  const hostToken = async (name: string): Promise<string | undefined> => (name === 'tab' ? HOST_TOKEN : undefined);
  const fields = { ...protocols('nacre.host.v1'), ...bearer(HOST_TOKEN) };
  expect(await ask('/tab/host', fields, { hostToken })).toMatchObject({ errand: { kind: 'host' } });
  expect(await ask('/other/host', fields, { hostToken })).toEqual(
    await ask('/tab/host', { ...fields, ...bearer('x') }),
  );
});

test.each([
  ['empty', ''],
  ['short', 'short'],
  ['no text', Object],
])('Security: a name whose token is %s lets nobody in, and tells the operator', async (_what, own) => {
  const fields = { ...PAGE, ...protocols('nacre.host.v1', `nacre.token.${String(own)}`) };
  const hostToken = (name: string): string => ({ [name]: own })[name] as string;
  await expect(ask('/tab/host', fields, { hostToken })).rejects.toThrow(TypeError);
});

test('visitors of a relay that is open to all need no token, and hosts do', async () => {
  expect(await ask('/tab', RESUME, { visitorToken: null })).toMatchObject({ errand: { kind: 'visit' } });
  expect(await ask('/tab/host', protocols('nacre.host.v1'), { visitorToken: null })).toMatchObject({ status: 401 });
});

test('a program is let in even without configured origins', async () => {
  const { origins: _origins, ...programs } = ADMISSION;
  const headers = new Headers({ upgrade: 'websocket', ...PAGE, ...RESUME, ...bearer(VISITOR_TOKEN) });
  expect(await judge({ url: 'https://relay.example/tab', headers }, programs)).toMatchObject({ status: 403 });
});

test("the network's address is used if there is one", async () => {
  const fields = {
    ...RESUME,
    ...bearer(VISITOR_TOKEN),
    'cf-connecting-ip': '192.0.2.1',
    'x-forwarded-for': '198.51.100.1',
  };
  expect(await ask('/tab', fields)).toMatchObject({ errand: { peer: {} } });
  expect(await ask('/tab', fields, {}, {})).toMatchObject({ errand: { peer: { address: '192.0.2.1' } } });
});

test('sshPort is the port of the address', async () => {
  const headers = new Headers({ upgrade: 'websocket', ...protocols('nacre.host.v1'), ...bearer(HOST_TOKEN) });
  const of = async (url: string): Promise<unknown> => await judge({ url, headers }, ADMISSION);
  expect(await of('https://relay.example/tab/host')).toMatchObject({ errand: { sshPort: 443 } });
  expect(await of('http://relay.example/tab/host')).toMatchObject({ errand: { sshPort: 80 } });
  expect(await of('http://relay.example:8787/tab/host')).toMatchObject({ errand: { sshPort: 8787 } });
});
