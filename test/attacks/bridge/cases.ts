/** Rows G01 to G08: what a visitor sends to the gateway, and the answer. */
import {
  BINARY,
  bearer,
  changed,
  CLOSE,
  frame,
  PING,
  requestText,
  TEXT,
  upgradeHeaders,
  type Headers,
} from './raw-visitor.js';
import type { Bridge, Profile } from './subject.js';

export interface BridgeCase {
  readonly row: string;
  readonly name: string;
  readonly profile?: Profile;
  /** Said at once. */
  readonly says: (bridge: Bridge) => readonly (Buffer | string)[];
  /** The status of the response, or the code of the Close frame behind a 101; one of them where two are right. */
  readonly status?: readonly number[];
  readonly code?: readonly number[];
  /** Whether the target hears of it: not before somebody was let in. */
  readonly reaches?: true;
}

const GOOD = 'https://good.test';
const PAGES: Profile = { allowOrigins: [GOOD] };
const OPEN: Profile = { token: false };

/** An upgrade that would be let in, except for what is added to its header or changed in it. */
function upgrade(added: Headers, changes: Readonly<Record<string, string | undefined>> = {}, target = '/') {
  return (bridge: Bridge): readonly string[] => {
    const headers = [...upgradeHeaders(bridge), bearer(bridge.token)];
    return [requestText([...changed(headers, changes), ...added], target)];
  };
}

function fromOrigin(name: string, origin: (bridge: Bridge) => readonly string[]): BridgeCase {
  const says: BridgeCase['says'] = (bridge) => upgrade(origin(bridge).map((value) => ['Origin', value]))(bridge);
  return { row: 'G01', name, profile: PAGES, says, status: [403] };
}

/** Security: with the right token, so that nothing but the Origin is wrong. */
const originCases: readonly BridgeCase[] = [
  fromOrigin('another site', () => ['https://evil.test']),
  fromOrigin('null', () => ['null']),
  fromOrigin('another port of this machine', () => ['http://127.0.0.1:1']),
  fromOrigin('the port of the bridge itself, which has no pages', ({ host }) => [`http://${host}`]),
  fromOrigin('a good name in front', () => ['https://good.test.evil.test']),
  fromOrigin('a good name behind', () => ['https://evilgood.test']),
  fromOrigin('another scheme', () => ['http://good.test']),
  fromOrigin('another port', () => ['https://good.test:8443']),
  fromOrigin('a slash too many', () => [`${GOOD}/`]),
  fromOrigin('none in it', () => ['']),
  fromOrigin('two of them', () => [GOOD, 'https://evil.test']),
  {
    row: 'G01',
    name: 'a browser that says none',
    profile: PAGES,
    says: upgrade([
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'websocket'],
    ]),
    status: [403],
  },
  { row: 'G01', name: 'none, and no token', says: upgrade([], { Authorization: undefined }), status: [401] },
  {
    row: 'G01',
    name: 'another site, where no token is needed',
    profile: OPEN,
    says: upgrade([['Origin', 'https://evil.test']]),
    status: [403],
  },
];

const hostCases: readonly BridgeCase[] = [
  { row: 'G02', name: 'another name', says: upgrade([], { Host: 'evil.test' }), status: [421] },
  {
    row: 'G02',
    name: 'another name, where no token is needed',
    profile: OPEN,
    says: upgrade([], { Host: 'evil.test' }),
    status: [421],
  },
  { row: 'G02', name: 'another port', says: upgrade([], { Host: '127.0.0.1:1' }), status: [421] },
  { row: 'G02', name: 'no port', says: upgrade([], { Host: '127.0.0.1' }), status: [421] },
  { row: 'G02', name: 'a good name in front', says: upgrade([], { Host: 'localhost.evil.test' }), status: [421] },
  { row: 'G02', name: 'none', says: upgrade([], { Host: undefined }), status: [400] },
  { row: 'G02', name: 'two of them', says: upgrade([['Host', 'evil.test']]), status: [400] },
  { row: 'G02', name: 'a second one in the target', says: upgrade([], {}, 'http://evil.test/'), status: [400] },
];

function toTarget(name: string, path: (bridge: Bridge) => string): BridgeCase {
  return {
    row: 'G03',
    name,
    // No target of the listed names: what follows is not among them, or leads where they may not.
    profile: { token: false, isListed: true, allowTargets: ['*.good.test:22', 'localhost:22', 'localhost.:25'] },
    says: (bridge) => upgrade([], {}, `/${encodeURIComponent(path(bridge)).replaceAll('%3A', ':')}`)(bridge),
    status: [101],
    code: [1008],
  };
}

const targetCases: readonly BridgeCase[] = [
  toTarget('loopback', ({ targetPort }) => `127.0.0.1:${targetPort}`),
  toTarget('loopback of IPv6', ({ targetPort }) => `[::1]:${targetPort}`),
  toTarget('IPv4 written as IPv6', ({ targetPort }) => `[::ffff:7f00:1]:${targetPort}`),
  toTarget('a private network', () => '10.0.0.1:22'),
  toTarget('where clouds keep credentials', () => '169.254.169.254:80'),
  toTarget('a network of carriers', () => '100.64.0.1:22'),
  toTarget('an octal address', ({ targetPort }) => `0177.0.0.1:${targetPort}`),
  toTarget('an address as one number', ({ targetPort }) => `2130706433:${targetPort}`),
  toTarget('a hexadecimal address', ({ targetPort }) => `0x7f000001:${targetPort}`),
  toTarget('a listed name that is private', () => 'localhost:22'),
  toTarget('the port of mail', () => 'mail.good.test:25'),
  toTarget('a good name in front', () => 'good.test.evil.test:22'),
];

function withSecret(name: string, says: (token: string, bridge: Bridge) => readonly string[]): BridgeCase {
  return { row: 'G04', name, profile: PAGES, says: (bridge) => says(bridge.token, bridge), status: [401] };
}

const NO_HEADER = { Authorization: undefined } as const;

const secretCases: readonly BridgeCase[] = [
  withSecret('in the query', (token, bridge) => upgrade([], NO_HEADER, `/?token=${token}`)(bridge)),
  withSecret('in the path', (token, bridge) => upgrade([], NO_HEADER, `/${token}`)(bridge)),
  withSecret('in a cookie', (token, bridge) => upgrade([['Cookie', `token=${token}`]], NO_HEADER)(bridge)),
  withSecret('in Referer', (token, bridge) => upgrade([['Referer', `http://x/?${token}`]], NO_HEADER)(bridge)),
  withSecret('as a password', (token, bridge) =>
    upgrade([], { Authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` })(bridge),
  ),
  withSecret('cut short', (token, bridge) => upgrade([], { Authorization: `Bearer ${token.slice(0, -1)}` })(bridge)),
  withSecret('of nothing', (_token, bridge) => upgrade([], { Authorization: 'Bearer ' })(bridge)),
  withSecret('as a ticket', (token, bridge) =>
    upgrade([['Sec-WebSocket-Protocol', `binary, nacre.ticket.${token}`]], NO_HEADER)(bridge),
  ),
  withSecret('in the query, for a ticket', (token, { host }) => [
    requestText([['Host', host]], `/ticket?token=${token}`, 'POST'),
  ]),
];

/** Frames behind an upgrade, in one block with it. */
function framed(row: string, name: string, code: readonly number[], ...frames: readonly Buffer[]): BridgeCase {
  return {
    row,
    name,
    profile: OPEN,
    says: (bridge) => [...upgrade([], NO_HEADER)(bridge), ...frames],
    status: [101],
    code,
    reaches: true,
  };
}

/** The same from a page that has yet to show its secret. */
function greeted(name: string, code: readonly number[], ...frames: readonly Buffer[]): BridgeCase {
  const says: BridgeCase['says'] = (bridge) => [...upgrade([['Origin', GOOD]], NO_HEADER)(bridge), ...frames];
  return { row: 'G06', name, profile: PAGES, says, status: [101], code };
}

const payload = Buffer.from('x');
const OVERSIZE = 0x8000_0000;

const frameCases: readonly BridgeCase[] = [
  framed('G05', 'RSV1, as if compressed', [1002], frame({ first: BINARY | 0x40, payload })),
  framed('G05', 'RSV2', [1002], frame({ first: BINARY | 0x20, payload })),
  framed('G05', 'RSV3', [1002], frame({ first: BINARY | 0x10, payload })),
  greeted('64 KiB and a byte before the secret', [1009], frame({ first: BINARY, payload: Buffer.alloc(65_537) })),
  greeted('bytes instead of the secret', [1008], frame({ first: BINARY, payload: Buffer.from('SSH-2.0-x\r\n') })),
  greeted('a wrong secret', [1008], frame({ first: TEXT, payload: Buffer.from('nacre.token.x') })),
  greeted('2 GiB before the secret', [1009], frame({ first: BINARY, length: OVERSIZE })),
  framed('G06', '2 GiB, of which nothing comes', [1009], frame({ first: BINARY, length: OVERSIZE })),
  framed('G06', 'more than all memory', [1002, 1009], frame({ first: BINARY, length: Number.MAX_SAFE_INTEGER })),
  framed(
    'G06',
    '10,000 empty fragments',
    [1008, 1009],
    Buffer.concat([frame({ first: 0x02 }), ...Array.from({ length: 9_999 }, () => frame({ first: 0x00 }))]),
  ),
  framed('G06', 'text', [1003], frame({ first: TEXT, payload })),
  framed('G06', 'a ping of 126 bytes', [1002], frame({ first: PING, payload: Buffer.alloc(126) })),
  framed('G06', 'a ping in fragments', [1002], frame({ first: PING & 0x7f, payload })),
  framed('G06', 'no mask', [1002], frame({ first: BINARY, payload, isMasked: false })),
  framed('G06', 'an opcode that there is not', [1002], frame({ first: 0x83, payload })),
  framed('G06', 'a continuation of nothing', [1002], frame({ first: 0x80, payload })),
  framed(
    'G06',
    'a message inside a message',
    [1002],
    frame({ first: 0x02, payload }),
    frame({ first: BINARY, payload }),
  ),
  framed('G06', 'a Close of one byte', [1002], frame({ first: CLOSE, payload })),
  framed(
    'G06',
    'a Close with a code that must not be sent',
    [1002],
    frame({ first: CLOSE, payload: Buffer.from('03ee', 'hex') }),
  ),
];

function requested(name: string, status: readonly number[], says: BridgeCase['says']): BridgeCase {
  return { row: 'G07', name, profile: OPEN, says, status };
}

const requestCases: readonly BridgeCase[] = [
  requested('2,000 header fields', [431], upgrade(Array.from({ length: 2_000 }, (_, index) => [`x${index}`, 'y']))),
  requested('101 header fields', [431], upgrade(Array.from({ length: 101 }, (_, index) => [`x${index}`, 'y']))),
  requested('a header of 64 KiB', [431], upgrade([['x', 'y'.repeat(65_536)]])),
  requested('a target of 64 KiB', [431, 414], upgrade([], {}, `/${'x'.repeat(65_536)}`)),
  requested('an upgrade without a key', [400], upgrade([], { 'Sec-WebSocket-Key': undefined })),
  requested('an upgrade with a short key', [400], upgrade([], { 'Sec-WebSocket-Key': 'eHg=' })),
  requested('an upgrade to another version', [400, 426], upgrade([], { 'Sec-WebSocket-Version': '8' })),
  requested('an upgrade to something else', [400, 426], upgrade([], { Upgrade: 'h2c' })),
  requested('an upgrade by POST', [400, 405], (bridge) => [requestText(upgradeHeaders(bridge), '/', 'POST')]),
  // Node closes at once; what came behind its answer may reset the connection before that is read.
  requested('two lengths (request smuggling)', [400, 0], (bridge) => [
    requestText(
      [
        ['Host', bridge.host],
        ['Content-Length', '5'],
        ['Transfer-Encoding', 'chunked'],
      ],
      '/ticket',
      'POST',
    ),
  ]),
  requested('no HTTP', [400, 0], () => ['SSH-2.0-x\r\n\r\n']),
  {
    row: 'G07',
    name: 'two upgrades in one block: the second is frames, and none that are legal',
    profile: OPEN,
    says: (bridge) => [...upgrade([], NO_HEADER)(bridge), ...upgrade([], NO_HEADER)(bridge)],
    status: [101],
    code: [1002],
    reaches: true,
  },
];

export const bridgeCases: readonly BridgeCase[] = [
  ...originCases,
  ...hostCases,
  ...targetCases,
  ...secretCases,
  ...frameCases,
  ...requestCases,
];
