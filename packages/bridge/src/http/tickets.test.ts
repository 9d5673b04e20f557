/** Tickets: unguessable, once, soon. */
import { expect, test } from 'vitest';
import { createSecret, createTickets } from './tickets.js';

test('a secret has 256 bits in base64url, and no two are alike', () => {
  const secrets = new Set(Array.from({ length: 1000 }, createSecret));
  expect(secrets.size).toBe(1000);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('a ticket gives its value once', () => {
  const tickets = createTickets<string>(10_000, () => 0);
  const ticket = tickets.issue('value');
  expect(tickets.isValid(ticket)).toBe(true);
  expect(tickets.take(ticket)).toBe('value');
  expect(tickets.isValid(ticket)).toBe(false);
  expect(tickets.take(ticket)).toBeUndefined();
});

test('a ticket is good until its lifetime is over, and not a moment longer', () => {
  const clock = { now: 0 };
  const tickets = createTickets<string>(10_000, () => clock.now);
  const ticket = tickets.issue('value');
  clock.now = 9_999;
  expect(tickets.isValid(ticket)).toBe(true);
  clock.now = 10_000;
  expect(tickets.isValid(ticket)).toBe(false);
  expect(tickets.take(ticket)).toBeUndefined();
});

test('a ticket that has expired takes no place any more, though no other is issued', () => {
  const clock = { now: 0 };
  const tickets = createTickets<string>(10_000, () => clock.now);
  tickets.issue('first');
  clock.now = 5_000;
  tickets.issue('second');
  expect(tickets.size).toBe(2);
  clock.now = 10_000;
  expect(tickets.size).toBe(1);
  clock.now = 15_000;
  expect(tickets.size).toBe(0);
});

test('a revoked or invented ticket gives nothing', () => {
  const tickets = createTickets<string>(10_000, () => 0);
  const ticket = tickets.issue('value');
  tickets.revoke(ticket);
  expect(tickets.take(ticket)).toBeUndefined();
  expect(tickets.isValid(createSecret())).toBe(false);
  expect(tickets.isValid('')).toBe(false);
});
