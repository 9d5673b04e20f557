import { expect, test } from 'vitest';
import { Turns } from './turns.js';

function all(turns: Turns<string>): string[] {
  const order: string[] = [];
  for (let next = turns.next(); next !== undefined; next = turns.next()) order.push(next);
  return order;
}

test('sources take turns, and each keeps its own order', () => {
  const turns = new Turns<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) turns.add(item, item[0]);
  expect(all(turns)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('a source that arrives late does not wait for the many of another', () => {
  const turns = new Turns<string>();
  for (let count = 0; count < 100; count += 1) turns.add(`a${count}`, 'a');
  for (let count = 0; count < 50; count += 1) turns.next();
  turns.add('b', 'b');
  expect([turns.next(), turns.next()]).toEqual(['b', 'a50']);
});

test('one that leaves has no turn, and gains its source nothing', () => {
  const turns = new Turns<string>();
  turns.add('a1', 'a');
  turns.add('a2', 'a');
  turns.add('b1', 'b');
  turns.delete('a1');
  turns.add('a3', 'a');
  expect(all(turns)).toEqual(['b1', 'a2', 'a3']);
});
