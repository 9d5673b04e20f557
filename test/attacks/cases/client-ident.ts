/** Groups A and N, RFC 4253 §4.2: hostile first lines from a server. W01-W04, played to our client. */
import { bytes, concat } from '../bytes.js';
import type { ClientCase, ClientCaseOptions } from '../client-case.js';
import type { RawServer } from '../raw-server.js';
import { turn } from '../subject.js';

const HELLO = 'SSH-2.0-test\r\n';
const LOGIN: ClientCaseOptions = { sends: [5, 7, 21, 50], calls: ['password'] };
/** How much a server may say before its identification, in bytes; a client may stop anywhere. */
const PREAMBLE = 8192;

/** First bytes after which the client says nothing more. */
const refused = (
  name: string,
  said: string | Uint8Array,
  says: RegExp,
  options: ClientCaseOptions = {},
): ClientCase => [
  name,
  8,
  {
    error: 'IdentificationError',
    says,
    ...options,
    act: (server) => server.raw(typeof said === 'string' ? bytes(said) : said),
  },
];

/** First lines that are legal: the client logs in. */
const accepted = (name: string, server: ClientCaseOptions['server'], lines = ''): ClientCase => [
  name,
  undefined,
  {
    ...LOGIN,
    ...(server && { server }),
    act: (peer) => {
      if (lines !== '') peer.raw(bytes(lines));
      peer.flush();
    },
  },
];

/** Repeats the same for as long as anyone listens: a mebibyte at most. */
const endless = (name: string, piece: string, says: RegExp): ClientCase => [
  name,
  8,
  {
    error: 'IdentificationError',
    says,
    act: async (server: RawServer) => {
      for (let sent = 0; sent < 2 ** 20 && server.end === undefined; sent += piece.length) {
        server.raw(bytes(piece));
        await turn();
      }
    },
  },
];

/** What ends in the middle: a peer that has gone is told nothing. */
const cut = (name: string, said: string, says: RegExp): ClientCase => [
  name,
  'closed',
  {
    error: 'ConnectionLostError',
    says,
    act: (server) => {
      server.raw(bytes(said));
      server.endInput();
    },
  },
];

export const identClientCases: readonly ClientCase[] = [
  refused('W01 an ident of 258 bytes', `SSH-2.0-${'A'.repeat(248)}\r\n`, /too long/),
  refused('W01 an ident of 256 bytes', `SSH-2.0-${'A'.repeat(246)}\r\n`, /too long/),
  refused('W01 no more than 255 bytes of an ident are waited for', `SSH-2.0-${'A'.repeat(247)}`, /too long/),
  accepted('W01 an ident of 255 bytes is legal', { identification: `SSH-2.0-${'A'.repeat(245)}` }),
  endless('W02 a mebibyte without an end of line', 'A'.repeat(1024), /too long/),
  endless('W02 a mebibyte of lines, none of which is an ident', `${'A'.repeat(1022)}\r\n`, /does not speak SSH/),
  endless('W02 a mebibyte of empty lines', '\r\n'.repeat(512), /does not speak SSH/),
  refused('W03 SSH-1.5', 'SSH-1.5-x\r\n', /SSH-1/),
  refused('W03 SSH-3.0', 'SSH-3.0-x\r\n', /malformed/),
  cut(
    'W03 HTTP, which may be lines before an ident until it ends',
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    /"HTTP\/1.1 400 Bad Request"$/,
  ),
  cut(
    'W03 the reason why a server does not identify itself is shown',
    'Exceeded MaxStartups\r\n',
    /"Exceeded MaxStartups"$/,
  ),
  cut('W03 what a terminal would interpret is not', 'no\x1b[2J\r\nmore\r\n', /"no \[2J more"$/),
  accepted('W03 a line before the ident is legal', {}, 'hi\r\n'),
  accepted('W03 a line before the ident, longer than any ident, is legal', {}, `${'hi '.repeat(1000)}\r\n`),
  accepted('W03 lines of 8 KiB before the ident are legal', {}, `${'A'.repeat(PREAMBLE / 2 - 2)}\r\n`.repeat(2)),
  refused('W03 a byte more is not', `${'A'.repeat(PREAMBLE - 1)}\r\n${HELLO}`, /does not speak SSH/),
  accepted('W03 a control character in a line before the ident is legal', {}, '\x00\x1b]0;x\x07\r\n'),
  refused('W04 NUL in the ident', 'SSH-2.0-a\x00b\r\n', /SSH-2\.0-a\\x00b/),
  refused('W04 an escape sequence in the ident', 'SSH-2.0-\x1b]0;x\x07\r\n', /SSH-2\.0-\\x1b\]0;x\\x07/),
  refused('W04 CR within the ident', 'SSH-2.0-a\rb\r\n', /malformed/),
  refused('W04 a byte above 127', concat(bytes('SSH-2.0-a'), [0xff], bytes('\r\n')), /malformed/),
  refused('W04 no software version', 'SSH-2.0-\r\n', /malformed/),
  refused('W04 no minus sign after the version', 'SSH-2.0\r\n', /malformed/),
  accepted('W04 LF without CR is legal', { lineEnd: '\n' }),
  accepted('W04 a comment is legal', { identification: 'SSH-2.0-test with a comment' }),
  accepted('W04 1.99 is legal', { identification: 'SSH-1.99-test' }),
  [
    'W04 a second ident is no packet',
    2,
    { error: 'ProtocolError', act: (server) => server.raw(bytes(HELLO.repeat(2))) },
  ],
  cut('W04 the end of input within the ident', 'SSH-2.0-te', /"SSH-2.0-te"$/),
];
