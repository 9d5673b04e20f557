/** The names that a port answers to by default. */
import { expect, test } from 'vitest';
import { allowLists } from './access.js';

test.each([
  [8022, ['localhost:8022', '127.0.0.1:8022', '[::1]:8022'], 'http://localhost:8022'],
  [80, ['localhost', '127.0.0.1', '[::1]'], 'http://localhost'],
  // The default port of wss: is left out; the same port with ws: is not.
  [443, ['localhost', 'localhost:443', '127.0.0.1', '127.0.0.1:443', '[::1]', '[::1]:443'], 'http://localhost:443'],
])('port %d', (port, hosts, origin) => {
  const lists = allowLists(port, [], []);
  expect([...lists.hosts]).toEqual(hosts);
  expect([...lists.origins][0]).toBe(origin);
  expect(lists.origins.size).toBe(3);
});

test("a Unix socket, and the operator's additions, in lower case", () => {
  const { hosts, origins } = allowLists(0, ['Bridge.Example.Org'], ['HTTPS://Bridge.Example.Org']);
  expect([...hosts]).toEqual(['localhost', '127.0.0.1', '[::1]', 'bridge.example.org']);
  expect(origins).toContain('https://bridge.example.org');
});
