/** Hostile bytes against the server, in one block and byte by byte. Row names are those of the case list. */
import { afterEach, describe, expect, test } from 'vitest';
import { memoryLinks } from '@nacre/core/testing';
import {
  bytes,
  concat,
  RawPeer,
  settle,
  str,
  subject,
  uint32,
  type End,
  type RawOptions,
  type Subject,
} from './raw-peer.js';

let under: Subject;

/** After every case: the process is well, and a legal login works. */
afterEach(async () => {
  const peer = await new RawPeer(under.server, { remoteAddress: '127.9.9.9' }).echo();
  peer.send([94], uint32(0), str('still here'));
  await settle();
  expect(peer.received.some((payload) => payload[0] === 94)).toBe(true);
  peer.close();
  await settle();
  expect(under.server.connections.length).toBe(0);
});

/** Sends bytes instead of a client's first ones. */
async function sendRaw(
  chunk: Uint8Array,
  chunkSize?: number,
): Promise<{ readonly end: End; readonly output: Uint8Array }> {
  under = await subject();
  const [near, far] = memoryLinks(chunkSize === undefined ? {} : { chunkSize });
  const accepted = under.server.accept(far);
  let output = new Uint8Array(0);
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
    const records = under.log.filter(({ message }) => message === 'closed');
    expect(records.length).toBe(1);
  });

  test.each(['00000000', '00000001', '00000004', '000088B9', '00040001', '7FFFFFFF', '80000000', 'FFFFFFFF'])(
    'W05 packet_length %s ends the connection right after its fourth byte',
    async (length) => {
      const head = Uint8Array.from(length.match(/../g)!, (digits) => Number.parseInt(digits, 16));
      expect((await sendRaw(concat(HELLO, head), chunkSize)).end).toBe(2);
    },
  );
});

/** A case on a peer that behaves up to a point. */
type Case = readonly [name: string, run: (peer: RawPeer) => Promise<void> | void, end: End];

function run(name: string, cases: readonly Case[], options: RawOptions = {}): void {
  describe.each([undefined, 1])(`${name}, in pieces of %s bytes`, (chunkSize) => {
    test.each(cases)('%s', async (_name, act, end) => {
      under = await subject();
      const peer = new RawPeer(under.server, { ...options, ...(chunkSize === undefined ? {} : { chunkSize }) });
      await act(peer);
      await settle();
      expect(peer.end).toBe(end);
      peer.close();
      await settle();
      // The application is never asked about a message that has no business there.
      if (end !== undefined) expect(under.calls.filter((call) => call === 'session').length).toBeLessThanOrEqual(1);
    });
  });
}

const password = (user: string, word: string): Uint8Array =>
  concat([50], str(user), str('ssh-connection'), str('password'), [0], str(word));
const open = concat([90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));

run('the first exchange', [
  [
    'W10 a message before KEXINIT',
    async (peer) => {
      const kexinit = peer.transport.take();
      const ident = kexinit.subarray(0, kexinit.indexOf(10) + 1);
      peer.raw(ident);
      peer.raw(concat(uint32(12), [5, 2], str('x'), new Uint8Array(5)).subarray(0, 16));
      peer.raw(kexinit.subarray(ident.length));
      await settle();
    },
    2,
  ],
  ...[2, 3, 4, 7, 192, 199].map((number): Case => [
    `W11 ${number} between KEXINIT and the exchange`,
    async (peer) => {
      peer.flush();
      peer.send([number], str('x'));
    },
    2,
  ]),
  [
    'W14 SERVICE_REQUEST in plain text',
    (peer) => {
      peer.flush();
      peer.send([5], str('ssh-userauth'));
    },
    2,
  ],
  [
    'W16 NEWKEYS before the exchange',
    (peer) => {
      peer.flush();
      peer.send([21]);
    },
    2,
  ],
  [
    'W16 a reply from a client',
    (peer) => {
      peer.flush();
      peer.send([31], str('x'));
    },
    2,
  ],
  ...[
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}ff`,
  ].map((hex): Case => [
    `W17 Q_C of low order ${hex.slice(0, 8)}`,
    (peer) => {
      peer.flush();
      peer.send([30], str(Uint8Array.from(hex.match(/../g)!, (digits) => Number.parseInt(digits, 16))));
    },
    3,
  ]),
  ...[0, 31, 33, 64].map((length): Case => [
    `W18 Q_C of ${length} bytes`,
    (peer) => {
      peer.flush();
      peer.send([30], str(new Uint8Array(length)));
    },
    3,
  ]),
  [
    'W18 Q_C longer than the packet',
    (peer) => {
      peer.flush();
      peer.send([30], uint32(2 ** 31), new Uint8Array(40));
    },
    2,
  ],
]);

run('before authentication', [
  [
    'W15 EXT_INFO after the service request',
    async (peer) => {
      await peer.requestService();
      peer.send([7], uint32(0));
    },
    2,
  ],
  [
    'W15 EXT_INFO that claims 2^32-1 extensions',
    async (peer) => {
      await peer.exchange();
      peer.send([7], uint32(0xffffffff));
    },
    2,
  ],
  [
    'W15 EXT_INFO twice',
    async (peer) => {
      await peer.exchange();
      peer.send([7], uint32(0));
      peer.send([7], uint32(0));
    },
    2,
  ],
  [
    'W16 NEWKEYS twice',
    async (peer) => {
      await peer.exchange();
      peer.send([21]);
    },
    2,
  ],
  ...[6, 51, 52, 53, 60].map((number): Case => [
    `W23 ${number} from a client`,
    async (peer) => {
      await peer.requestService();
      peer.send([number], uint32(0), [0]);
      peer.send(open);
    },
    2,
  ]),
  ...[80, 81, 82, 83, 90, 94, 98, 100, 101, 127, 192].flatMap((number): Case[] => [
    [
      `W24 ${number} before authentication`,
      async (peer) => {
        await peer.requestService();
        peer.send([number], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
      },
      2,
    ],
    [
      `W24 ${number} before the service is asked for`,
      async (peer) => {
        await peer.exchange();
        peer.send([number], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
      },
      2,
    ],
  ]),
  [
    'W25 ssh-connection before authentication',
    async (peer) => {
      await peer.exchange();
      peer.send([5], str('ssh-connection'));
    },
    7,
  ],
  [
    'W25 an unknown service',
    async (peer) => {
      await peer.exchange();
      peer.send([5], str('foo'));
    },
    7,
  ],
  [
    'W25 authentication for another service',
    async (peer) => {
      await peer.requestService();
      peer.send([50], str('guest'), str('foo-service'), str('none'));
    },
    7,
  ],
  [
    'W26 another user',
    async (peer) => {
      await peer.requestService();
      peer.send(password('alice', 'wrong'));
      await settle();
      peer.send([50], str('guest'), str('ssh-connection'), str('none'));
    },
    2,
  ],
  [
    'W27 six wrong passwords',
    async (peer) => {
      await peer.requestService();
      for (let index = 0; index < 6; index += 1) peer.send(password('alice', 'wrong'));
      await settle();
      expect(peer.received.filter((payload) => payload[0] === 51).length).toBe(5);
    },
    14,
  ],
  [
    'W27 none, over and over',
    async (peer) => {
      await peer.requestService();
      for (let index = 0; index < 65; index += 1) peer.send([50], str('alice'), str('ssh-connection'), str('none'));
      for (let index = 0; index < 30; index += 1) await settle();
    },
    14,
  ],
  [
    'W28 an answer without a question',
    async (peer) => {
      await peer.requestService();
      peer.send([61], uint32(0));
    },
    2,
  ],
]);

run('after login', [
  [
    'W11 IGNORE and DEBUG are passed over',
    async (peer) => {
      await peer.echo();
      peer.send([2], str('x'));
      peer.send([4], [0], str('x'), str(''));
      peer.send([94], uint32(0), str('hello'));
      await settle();
      expect(peer.received.some((payload) => payload[0] === 94)).toBe(true);
    },
    undefined,
  ],
  [
    'an unknown number is answered UNIMPLEMENTED',
    async (peer) => {
      await peer.echo();
      peer.send([150]);
      await settle();
      expect(peer.received.at(-1)?.[0]).toBe(3);
    },
    undefined,
  ],
  [
    'ping is answered',
    async (peer) => {
      await peer.echo();
      peer.send([192], str('x'));
      await settle();
      expect(peer.received.at(-1)).toEqual(concat([193], str('x')));
    },
    undefined,
  ],
  [
    'keepalive is answered',
    async (peer) => {
      await peer.echo();
      peer.send([80], str('keepalive@openssh.com'), [1]);
      await settle();
      expect(peer.received.at(-1)).toEqual(Uint8Array.of(82));
    },
    undefined,
  ],
  [
    'authentication after success is passed over',
    async (peer) => {
      await peer.echo();
      peer.send(password('root', 'right'));
      await settle();
      expect(under.server.connections[0]?.user).toBe('guest');
    },
    undefined,
  ],
  ...[[94], [98], [80], [192], [20]].map(([number]): Case => [
    `W33 ${number} after our KEXINIT`,
    async (peer) => {
      await peer.echo();
      peer.transport.rekey();
      peer.flush();
      peer.transport.sendInPlace(32, (writer) => writer.fixed(concat([number!], uint32(0), str('x'), [0])));
      peer.flush();
    },
    2,
  ]),
  [
    'W36 a window of more than 2^32-1',
    async (peer) => {
      await peer.echo();
      peer.send([93], uint32(0), uint32(0xffffffff));
      peer.send([93], uint32(0), uint32(0xffffffff));
    },
    2,
  ],
  [
    'W36 a window adjustment of zero is legal',
    async (peer) => {
      await peer.echo();
      peer.send([93], uint32(0), uint32(0));
    },
    undefined,
  ],
  [
    'W36 data over the maximum packet',
    async (peer) => {
      await peer.echo();
      peer.send([94], uint32(0), str(new Uint8Array(2 ** 15 + 1)));
    },
    2,
  ],
  [
    'W37 a maximum packet of zero',
    async (peer) => {
      await peer.login();
      peer.send([90], str('session'), uint32(0), uint32(2 ** 21), uint32(0));
    },
    2,
  ],
  [
    'W37 a truncated open',
    async (peer) => {
      await peer.login();
      peer.send([90], str('session'), uint32(0));
    },
    2,
  ],
  [
    'W37 an unknown type',
    async (peer) => {
      await peer.login();
      peer.send([90], str('nonsense'), uint32(7), uint32(0), uint32(1));
      await settle();
      expect(peer.received.at(-1)?.subarray(0, 9)).toEqual(concat([92], uint32(7), uint32(3)));
    },
    undefined,
  ],
  [
    'W38 too many sessions',
    async (peer) => {
      await peer.login();
      for (let id = 0; id < 12; id += 1) peer.send([90], str('session'), uint32(id), uint32(0), uint32(1024));
      await settle();
      expect(peer.received.filter((payload) => payload[0] === 91).length).toBe(10);
      expect(peer.received.filter((payload) => payload[0] === 92).map((payload) => payload[8])).toEqual([4, 4]);
    },
    undefined,
  ],
  ...[94, 96, 97, 98].map((number): Case => [
    `W38 ${number} on a channel that is not open`,
    async (peer) => {
      await peer.echo();
      peer.send([number], uint32(99), str('x'), [0]);
    },
    2,
  ]),
  [
    'W38 replies to nothing are passed over',
    async (peer) => {
      await peer.echo();
      for (let index = 0; index < 100; index += 1) {
        peer.send([81]);
        peer.send([82]);
        peer.send([99], uint32(0));
        peer.send([100], uint32(0));
      }
      peer.send([94], uint32(0), str('right'));
      for (let index = 0; index < 20; index += 1) await settle();
      expect(peer.received.at(-1)?.[0]).toBe(94);
    },
    undefined,
  ],
  [
    'W38 data after EOF',
    async (peer) => {
      await peer.login();
      peer.send(open);
      await settle();
      peer.send([96], uint32(0));
      peer.send([94], uint32(0), str('x'));
    },
    2,
  ],
]);

describe.each([
  ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
  ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'],
  ['aes128-ctr', 'hmac-sha2-256'],
  ['aes256-ctr', 'hmac-sha2-512-etm@openssh.com'],
])('W22 %s %s', (cipher, mac) => {
  test('a bit flipped anywhere ends the connection with 5, and nothing is delivered', async () => {
    under = await subject({ limits: { unauthenticatedFromSource: 10_000 } });
    const sample = (await new RawPeer(under.server, { cipher, mac }).echo()).seal(
      concat([94], uint32(0), str('secret')),
    );
    for (let position = 0; position < sample.length; position += 1) {
      const peer = await new RawPeer(under.server, { cipher, mac }).echo();
      const packet = peer.seal(concat([94], uint32(0), str('secret')));
      packet[position]! ^= 1 << (position % 8);
      peer.raw(packet);
      // A length that grew waits for the rest; whatever comes, it does not authenticate.
      for (let sent = 0; peer.end === undefined && sent < 300; sent += 1) {
        peer.raw(new Uint8Array(1024));
        await settle();
      }
      expect({ position, end: peer.end, echoed: peer.received.some((payload) => payload[0] === 94) }).toEqual({
        position,
        end: 5,
        echoed: false,
      });
      peer.close();
    }
    for (const connection of under.server.connections) connection.disconnect();
    await settle();
    under.clock.advance(1001);
    await settle();
  });
});

test('W40 silence and half a login end at their deadlines, counted from the start', async () => {
  under = await subject();
  const [near, far] = memoryLinks();
  let isSilentEnded = false;
  void under.server.accept(far);
  near.open({ chunk: () => undefined, end: () => (isSilentEnded = true), drain: () => undefined });
  const exchanged = await new RawPeer(under.server).exchange();
  under.clock.advance(19_999);
  await settle();
  expect([isSilentEnded, exchanged.end]).toEqual([false, undefined]);
  // A byte does not put the deadline off.
  near.write(Uint8Array.of(83));
  under.clock.advance(1);
  await settle();
  expect([isSilentEnded, exchanged.end]).toEqual([true, undefined]);
  under.clock.advance(9_999);
  await settle();
  expect(exchanged.end).toBe(undefined);
  under.clock.advance(1);
  await settle();
  expect(exchanged.end).toBe(11);
  near.destroy();
  exchanged.close();
  await settle();
});

test('W40 eleven from one source: the eleventh is refused without an ident, another source is served', async () => {
  under = await subject();
  const peers = Array.from({ length: 11 }, () => new RawPeer(under.server));
  await settle();
  expect(peers.map(({ end }) => end)).toEqual([...Array.from({ length: 10 }, () => undefined), 'closed']);
  for (const peer of peers) peer.close();
  await settle();
});

test('a peer that vanishes leaves nothing behind', async () => {
  under = await subject();
  const peer = await new RawPeer(under.server).echo();
  peer.close();
  await settle();
  expect(under.server.connections.length).toBe(0);
  expect(under.log.at(-1)).toMatchObject({ message: 'closed', fields: { error: 'ConnectionLostError' } });
});
