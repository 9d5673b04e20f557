/** Group A, RFC 4253 §4.2: hostile first lines from a client. W01-W04. */
import { expect } from 'vitest';
import type { Case } from '../case.js';
import { bytes, concat, readStrings } from '../bytes.js';
import { turn } from '../subject.js';

const HELLO = 'SSH-2.0-test\r\n';

/** A first line that ends the connection. */
const refused = (name: string, text: string, logs = ''): Case => [name, (peer) => peer.raw(bytes(text)), 8, { logs }];

/** A first line that is legal: the handshake goes on to its end. */
const accepted = (name: string, identification: string, lineEnd = '\r\n'): Case => [
  name,
  async (peer) => void (await peer.exchange()),
  undefined,
  { peer: { identification, lineEnd } },
];

export const identCases: readonly Case[] = [
  refused('W01 an ident of 258 bytes', `SSH-2.0-${'A'.repeat(248)}\r\n`),
  refused('W01 an ident of 256 bytes', `SSH-2.0-${'A'.repeat(246)}\r\n`),
  accepted('W01 an ident of 255 bytes is legal', `SSH-2.0-${'A'.repeat(245)}`),
  [
    'W02 a mebibyte without an end of line; none of it comes back',
    async (peer) => {
      const piece = new Uint8Array(1024).fill(65);
      for (let sent = 0; sent < 1024 && peer.end === undefined; sent += 1) {
        peer.raw(piece);
        await turn();
      }
      await peer.until(() => peer.end !== undefined, 'the end');
      const [text] = readStrings(peer.received.at(-1)!, 1, 5);
      expect(new TextDecoder().decode(text)).not.toContain('AA');
    },
    8,
  ],
  ['W02 no more than 255 bytes are waited for', (peer) => peer.raw(new Uint8Array(255).fill(65)), 8],
  refused('W03 SSH-1.5', 'SSH-1.5-x\r\n'),
  refused('W03 HTTP; what may be a secret is not logged', 'GET /?token=x HTTP/1.1\r\n\r\n', 'does not speak SSH"'),
  refused('W03 a line before the ident', `hi\r\n${HELLO}`),
  refused('W04 NUL in the ident', 'SSH-2.0-a\x00b\r\n', String.raw`SSH-2.0-a\\x00b`),
  refused('W04 an escape sequence in the ident', 'SSH-2.0-\x1b]0;x\x07\r\n', String.raw`SSH-2.0-\\x1b]0;x\\x07`),
  accepted('W04 LF without CR is legal', 'SSH-2.0-test', '\n'),
  refused('W04 CR within the ident', 'SSH-2.0-a\rb\r\n'),
  ['W04 a byte above 127', (peer) => peer.raw(concat(bytes('SSH-2.0-a'), [0xff], bytes('\r\n'))), 8],
  refused('W04 no software version', 'SSH-2.0-\r\n'),
  refused('W04 no minus sign after the version', 'SSH-2.0\r\n'),
  refused('W04 an empty line', '\r\n'),
  accepted('W04 a comment is legal', 'SSH-2.0-test with a comment'),
  accepted('W04 1.99 is legal', 'SSH-1.99-test'),
  ['W04 a second ident is no packet', (peer) => peer.raw(bytes(HELLO.repeat(2))), 2],
  [
    'W04 the end of input within the ident',
    (peer) => {
      peer.raw(bytes('SSH-2.0-te'));
      peer.endInput();
    },
    'closed',
  ],
];
