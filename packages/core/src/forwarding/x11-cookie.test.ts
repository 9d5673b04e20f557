/** RFC 4254 §6.3 with a Nacre client: programs reach its X server with the cookie that the server was told, and no other. */
import { expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { accept, type LentDisplay, type Session } from '../index.js';
import { memoryLinks, pair } from '../testing/index.js';
import { forwarding } from './index.js';

const OWN = '00112233445566778899aabbccddeeff';
const LITTLE = 0x6c;
const BIG = 0x42;

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The first bytes of a program, and some after them. */
function setup(cookie: string, order = LITTLE, protocol = 'MIT-MAGIC-COOKIE-1'): Uint8Array {
  const name = new TextEncoder().encode(protocol);
  const head = new DataView(new ArrayBuffer(12));
  head.setUint8(0, order);
  head.setUint16(2, 11, order === LITTLE);
  head.setUint16(6, name.length, order === LITTLE);
  head.setUint16(8, bytesOf(cookie).length, order === LITTLE);
  const padding = new Uint8Array(4 * Math.ceil(name.length / 4) - name.length);
  return Uint8Array.of(...new Uint8Array(head.buffer), ...name, ...padding, ...bytesOf(cookie), 1, 2, 3);
}

/** A session with a display, which `program` uses. @returns what the X server received, by connection. */
async function withDisplay(
  program: (session: Session) => Promise<void>,
  options: Partial<LentDisplay> = {},
): Promise<readonly Uint8Array[]> {
  const heard: Uint8Array[][] = [];
  const open: LentDisplay['open'] = () => {
    const [near, far] = memoryLinks();
    const chunks: Uint8Array[] = [];
    heard.push(chunks);
    far.open({ chunk: (chunk) => void chunks.push(chunk), end: () => far.end(), drain: () => undefined });
    return near;
  };
  const { client } = await pair({
    server: {
      forwarding: forwarding({ sockets: {} }),
      hooks: { none: () => accept, forward: () => accept },
      session: async (session) => (await program(session), 0),
    },
  });
  const display = { open, authenticationCookie: OWN, ...options };
  expect((await client.exec('x', { display })).exitCode).toBe(0);
  client.close();
  return heard.map((chunks) => Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
}

async function say(session: Session, bytes: Uint8Array, size = bytes.length): Promise<void> {
  const stream = await session.display!.open();
  for (let start = 0; start < bytes.length; start += size) await stream.write(bytes.slice(start, start + size));
  stream.end();
  while ((await stream.read()) !== undefined);
}

test.each([
  ['whole', LITTLE, 1000],
  ['byte by byte', LITTLE, 1],
  ['in the other order', BIG, 13],
])(
  'the display’s own cookie comes in the place of the one that the server was told: %s',
  async (_name, order, size) => {
    const heard = await withDisplay(async (session) => {
      expect(session.display!.authenticationCookie).toMatch(/^[0-9a-f]{32}$/);
      expect(session.display!.authenticationCookie).not.toBe(OWN);
      await say(session, setup(session.display!.authenticationCookie, order), size);
    });
    expect(heard.map(hexOf)).toEqual([hexOf(setup(OWN, order))]);
  },
);

test.each([
  ['another cookie', () => setup('ff'.repeat(16))],
  ['the display’s own, which nobody there can know', () => setup(OWN)],
  ['a longer one', (told: string) => setup(`${told}00`)],
  ['another protocol', (told: string) => setup(told, LITTLE, 'XDM-AUTHORIZATION-1')],
  ['no order', (told: string) => setup(told, 0)],
])('Security: %s reaches nothing', async (_name, made) => {
  const heard = await withDisplay(async (session) => {
    await say(session, made(session.display!.authenticationCookie)).catch(() => undefined);
  });
  expect(heard.map(hexOf)).toEqual(['']);
});

test('a single connection is the only one, and what is over is lent to nobody', async () => {
  const displays: Session['display'][] = [];
  const heard = await withDisplay(
    async (session) => {
      displays.push(session.display);
      await say(session, setup(session.display!.authenticationCookie));
      await expect(session.display!.open()).rejects.toThrow();
    },
    { singleConnection: true },
  );
  expect(heard).toHaveLength(1);
  await expect(displays[0]!.open()).rejects.toThrow();
});

test('a cookie that is none is told at once', async () => {
  const { client } = await pair();
  const display = { open: () => memoryLinks()[0], authenticationCookie: 'not hexadecimal' };
  await expect(client.exec('x', { display })).rejects.toBeInstanceOf(ConfigurationError);
  client.close();
});
