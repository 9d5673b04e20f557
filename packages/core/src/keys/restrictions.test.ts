/** sshd(8), AUTHORIZED_KEYS FILE FORMAT: what a login may do. */
import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.js';
import { Reader } from '../wire/reader.js';
import { Writer } from '../wire/writer.js';
import {
  permitsListen,
  permitsOpen,
  permitsSocket,
  restrictionsField,
  stricter,
  UNRESTRICTED,
  type Restrictions,
} from './restrictions.js';

const listed: Restrictions = {
  ...UNRESTRICTED,
  permitOpen: [
    { host: 'db', port: 5432 },
    { host: '*', port: 80 },
    { host: '::1', port: '*' },
  ],
  permitListen: [
    { host: '*.local', port: 8080 },
    { host: 'localhost', port: '*' },
  ],
};

test.each([
  ['DB', 5432, true],
  ['db', 5433, false],
  ['db2', 5432, false],
  ['anything', 80, true],
  ['::1', 1, true],
  ['*', 5432, false],
])('permitopen: %s:%d %s', (host, port, expected) => {
  expect(permitsOpen(listed, host, port)).toBe(expected);
  expect(permitsOpen({ ...listed, portForwarding: false }, host, port)).toBe(false);
  expect(permitsOpen(UNRESTRICTED, host, port)).toBe(true);
});

test.each([
  ['a.local', 8080, true],
  ['a.local', 8081, false],
  ['localhost', 0, true],
  // Any free port is none that the list names.
  ['a.local', 0, false],
  ['', 8080, false],
])('permitlisten: %s:%d %s', (host, port, expected) => {
  expect(permitsListen(listed, host, port)).toBe(expected);
  expect(permitsListen({ ...listed, portForwarding: false }, host, port)).toBe(false);
});

test('a list of hosts and ports permits no Unix socket', () => {
  expect(permitsSocket(UNRESTRICTED, 'open')).toBe(true);
  expect(permitsSocket(listed, 'open')).toBe(false);
  expect(permitsSocket(listed, 'listen')).toBe(false);
  expect(permitsSocket({ ...UNRESTRICTED, portForwarding: false }, 'listen')).toBe(false);
});

test('where two meet the stricter wins, and two forced commands contradict each other', () => {
  const one = { ...UNRESTRICTED, pty: false, command: 'a', environment: { X: '1' } };
  const other = { ...listed, userRc: false, environment: { X: '2', Y: '3' } };
  const both = { ...listed, pty: false, userRc: false, command: 'a', environment: { X: '1', Y: '3' } };
  expect(stricter(one, other)).toEqual(both);
  expect(stricter(one, { ...UNRESTRICTED, command: 'a' })).toMatchObject({ command: 'a' });
  expect(stricter(one, { ...UNRESTRICTED, command: '' })).toBeUndefined();
  const overlap = {
    ...UNRESTRICTED,
    permitOpen: [
      { host: 'db', port: 5432 },
      { host: 'other', port: 80 },
    ],
  };
  expect(stricter(listed, overlap)?.permitOpen).toEqual([{ host: 'db', port: 5432 }]);
});

test('they go into a snapshot and come out as they were', () => {
  const writer = new Writer();
  restrictionsField.write(writer, listed);
  expect(restrictionsField.read(new Reader(writer.written()))).toEqual(listed);
});

test.each([
  '{}',
  'null',
  '1',
  JSON.stringify({ ...UNRESTRICTED, environment: null }),
  JSON.stringify({ ...UNRESTRICTED, pty: 1 }),
])('what is no restrictions is refused: %s', (text) => {
  const writer = new Writer();
  writer.text(text);
  expect(() => restrictionsField.read(new Reader(writer.written()))).toThrow(ProtocolError);
});
