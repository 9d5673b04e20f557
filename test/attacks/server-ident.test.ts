/** Hostile first bytes: identification, lengths, padding, KEXINIT. */
import { memoryLinks } from '@nacre/core/testing';
import { describe, expect, test } from 'vitest';
import { expectWell } from './case.js';
import { bytes, concat, settle, subject, uint32, type End } from './raw-peer.js';

/** Sends bytes instead of a client's first ones. */
async function sendRaw(
  chunk: Uint8Array,
  chunkSize?: number,
): Promise<{ readonly end: End; readonly output: Uint8Array }> {
  const under = await subject();
  const [near, far] = memoryLinks(chunkSize === undefined ? {} : { chunkSize });
  const accepted = under.server.accept(far);
  let output: Uint8Array = new Uint8Array(0);
  let isEnded = false;
  near.open({
    chunk: (piece) => (output = concat(output, piece)),
    end: () => (isEnded = true),
    drain: () => undefined,
  });
  near.write(chunk);
  await settle();
  expect(isEnded).toBe(true);
  near.destroy();
  await accepted;
  expect(under.log.filter(({ message }) => message === 'closed').length).toBe(1);
  await expectWell(under);
  // What the server says last is a plain packet: packet_length ‖ padding_length ‖ 1 ‖ reason.
  const text = new TextDecoder('latin1').decode(output);
  const disconnect = /\x00\x00\x00[^][^]\x01\x00\x00\x00([^])/.exec(text.slice(-120));
  return { end: disconnect === null ? 'closed' : disconnect[1]!.charCodeAt(0), output };
}

const HELLO = bytes('SSH-2.0-test\r\n');
const KEXINIT_JUNK = new Uint8Array(16);

describe.each([undefined, 1])('in pieces of %s bytes', (chunkSize) => {
  test.each<[string, Uint8Array, End]>([
    ['W01 ident too long', bytes(`SSH-2.0-${'A'.repeat(248)}\r\n`), 8],
    ['W02 no newline', new Uint8Array(4096).fill(65), 8],
    ['W03 another version', bytes('SSH-1.5-x\r\n'), 8],
    ['W03 HTTP', bytes('GET / HTTP/1.1\r\n\r\n'), 8],
    ['W03 a line before the ident', concat(bytes('hi\r\n'), HELLO), 8],
    ['W04 NUL in the ident', bytes('SSH-2.0-a\x00b\r\n'), 8],
    ['W04 escape in the ident', bytes('SSH-2.0-\x1b]0;x\x07\r\n'), 8],
    ['W06 not a multiple of the block', concat(HELLO, uint32(13), KEXINIT_JUNK), 2],
    ['W06 padding of 3', concat(HELLO, uint32(12), [3], new Uint8Array(11)), 2],
    ['W06 padding as long as the packet', concat(HELLO, uint32(12), [12], new Uint8Array(11)), 2],
    ['W06 padding of 255', concat(HELLO, uint32(12), [255], new Uint8Array(11)), 2],
    ['W06 no payload', concat(HELLO, uint32(12), [11], new Uint8Array(11)), 2],
    [
      'W07 a list longer than the packet',
      concat(HELLO, uint32(28), [6, 20], new Uint8Array(16), uint32(0x7fffffff), new Uint8Array(6)),
      2,
    ],
    ['W07 a cookie only', concat(HELLO, uint32(28), [10, 20], new Uint8Array(16), new Uint8Array(10)), 2],
  ])('%s', async (_name, chunk, end) => {
    expect((await sendRaw(chunk, chunkSize)).end).toBe(end);
  });

  test.each(['00000000', '00000001', '00000004', '000088B9', '00040001', '7FFFFFFF', '80000000', 'FFFFFFFF'])(
    'W05 packet_length %s ends the connection right after its fourth byte',
    async (length) => {
      const head = Uint8Array.from(length.match(/../g)!, (digits) => Number.parseInt(digits, 16));
      expect((await sendRaw(concat(HELLO, head), chunkSize)).end).toBe(2);
    },
  );
});
