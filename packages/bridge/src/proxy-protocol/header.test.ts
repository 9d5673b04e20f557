/** proxy-protocol.txt §2: headers of both versions. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeProxyHeader, parseProxyHeader, PROXY_VERSIONS } from './header.js';

const complete = (text: string): unknown => parseProxyHeader(Buffer.from(text, 'latin1'));

test('§2.1: the lines of version 1', () => {
  const line = 'PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n';
  expect(complete(`${line}GET /`)).toEqual({
    kind: 'complete',
    length: line.length,
    visitor: { address: '192.168.0.1', port: 56_324 },
  });
  expect(complete('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n')).toMatchObject({ kind: 'complete', visitor: undefined });
  expect(complete('PROXY TCP6 ::1 ::2 1 2\r\n')).toMatchObject({ visitor: { address: '::1', port: 1 } });
});

test.each([
  'GET / HTTP/1.1\r\n',
  'SSH-2.0-x\r\n',
  'PROXY TCP4 ::1 ::2 1 2\r\n',
  'PROXY TCP4 1.2.3.4 ::1 1 2\r\n',
  'PROXY TCP4 1.2.3.4 x 1 2\r\n',
  'PROXY TCP4 1.2.3.4 1.2.3.5 1\r\n',
  'PROXY TCP4 1.2.3.4 1.2.3.5 65536 1\r\n',
  'PROXY TCP4 1.2.3.4 1.2.3.5 01 1\r\n',
  'PROXY TCP4 1.2.3.4 1.2.3.5 1 2 3\r\n',
  'PROXY TCP9 1.2.3.4 1.2.3.5 1 2\r\n',
  `PROXY ${'x'.repeat(200)}`,
])('%j is no header', (text) => {
  expect(complete(text)).toEqual({ kind: 'malformed' });
});

test.each(PROXY_VERSIONS)(
  '%s: a written header is read back, however it is split, and bytes after it stay untouched',
  (version) => {
    const visitors = fc.record({
      address: fc.oneof(fc.ipV4(), fc.ipV6()),
      port: fc.integer({ min: 0, max: 65_535 }),
    });
    fc.assert(
      fc.property(visitors, visitors, (source, destination) => {
        const header = encodeProxyHeader(version, source, destination);
        for (let length = 1; length < header.length; length++) {
          expect(parseProxyHeader(header.subarray(0, length))).toEqual({ kind: 'incomplete' });
        }
        const parsed = parseProxyHeader(Buffer.concat([header, Buffer.from('SSH-2.0-')]));
        if (parsed.kind !== 'complete') throw new Error(parsed.kind);
        expect(parsed.length).toBe(header.length);
        expect(parsed.visitor?.port).toBe(source.port);
        const canonical = (address: string): string =>
          new URL(`http://[${address.includes(':') ? address : `::ffff:${address}`}]`).hostname;
        expect(canonical(parsed.visitor?.address ?? '')).toBe(canonical(source.address));
      }),
      { numRuns: 50 },
    );
  },
);

test('§2.2: LOCAL, other families, other versions, and lengths that cannot be', () => {
  const header = encodeProxyHeader('v2', { address: '1.2.3.4', port: 1 }, { address: '5.6.7.8', port: 2 });
  const changed = (offset: number, byte: number): Buffer => {
    const copy = Buffer.from(header);
    copy[offset] = byte;
    return copy;
  };
  expect(parseProxyHeader(changed(12, 0x20))).toEqual({ kind: 'complete', length: header.length, visitor: undefined });
  expect(parseProxyHeader(changed(12, 0x11))).toEqual({ kind: 'malformed' });
  expect(parseProxyHeader(changed(13, 0x31))).toEqual({ kind: 'malformed' });
  expect(parseProxyHeader(changed(14, 0xff))).toEqual({ kind: 'malformed' });
  expect(parseProxyHeader(Buffer.concat([changed(15, 4)]))).toEqual({ kind: 'malformed' });
});

test.each(PROXY_VERSIONS)('%s: a visitor on a Unix socket has no address', (version) => {
  const header = encodeProxyHeader(version, { address: 'unix', port: 0 }, { address: '::1', port: 22 });
  expect(parseProxyHeader(header)).toEqual({ kind: 'complete', length: header.length, visitor: undefined });
});
