import { describe, expect, test } from 'vitest';
import { Admission, type AdmissionLimits } from './admission.js';

const limits: AdmissionLimits = {
  unauthenticated: 100,
  unauthenticatedFromSource: 10,
  acceptDelay: 0,
};

/** A repeatable sequence of numbers from 0 to 1. */
function sequence(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function arrive(admission: Admission<string>, name: string, source: string): boolean {
  const verdict = admission.judge(source);
  if (!verdict.isAdmitted) return false;
  if (verdict.displaces !== undefined) admission.leave(verdict.displaces, verdict.displaces.split('#')[0]);
  admission.enter(name, source);
  return true;
}

/** Floods from the given number of sources, ten connections each. */
function flood(admission: Admission<string>, sources: number): void {
  for (let round = 0; round < 10; round += 1)
    for (let source = 0; source < sources; source += 1) arrive(admission, `s${source}#${round}`, `s${source}`);
}

test('one source has ten places, and no more when it asks again', () => {
  const admission = new Admission<string>(limits, sequence());
  const taken = Array.from({ length: 11 }, (_, index) => arrive(admission, `a#${index}`, 'a'));
  expect(taken).toEqual([...Array.from({ length: 10 }, () => true), false]);
  admission.leave('a#3', 'a');
  expect(arrive(admission, 'a#11', 'a')).toBe(true);
  expect(admission.size).toBe(10);
});

test('what is not told where it comes from has no limit of its own, but the one of all', () => {
  const admission = new Admission<string>({ ...limits, earlyDrop: { from: 100, rate: 1 } }, () => 0.5);
  for (let index = 0; index < 100; index += 1) {
    expect(admission.judge().isAdmitted).toBe(true);
    admission.enter(`${index}`);
  }
  expect(admission.size).toBe(100);
  expect(admission.judge()).toHaveProperty('displaces');
});

test('below the early drop everyone comes in and nobody goes', () => {
  const admission = new Admission<string>(limits, () => 0);
  for (let index = 0; index < 30; index += 1) {
    expect(admission.judge(`${index}`)).toEqual({ isAdmitted: true });
    admission.enter(`${index}`, `${index}`);
  }
});

describe('early drop', () => {
  test.each([
    [30, 0.299, 0.301],
    [65, 0.649, 0.651],
    [99, 0.989, 0.991],
  ])('with %d waiting one goes below %d, and none above %d', (waiting, below, above) => {
    const draw = [0];
    const admission = new Admission<string>(limits, () => draw.shift() ?? 0);
    for (let index = 0; index < waiting; index += 1) admission.enter(`${index}`, `${index}`);
    draw.splice(0, 1, below);
    expect(admission.judge('new')).toHaveProperty('displaces');
    draw.push(above);
    expect(admission.judge('new')).toEqual({ isAdmitted: true });
  });
});

test('a flood from eleven sources takes places from itself: who comes once comes in, always, and nobody who is alone goes', () => {
  const admission = new Admission<string>(limits, sequence());
  flood(admission, 11);
  for (let index = 0; index < 50; index += 1) {
    expect(arrive(admission, `honest${index}#0`, `honest${index}`)).toBe(true);
    flood(admission, 11);
    expect(admission.from(`honest${index}`)).toBe(1);
    admission.leave(`honest${index}#0`, `honest${index}`);
  }
  expect(admission.size).toBeLessThanOrEqual(100);
});

test('a flood from a thousand sources, one each: who is quick mostly stays, and there are never more than a hundred', () => {
  const admission = new Admission<string>(limits, sequence());
  const rounds = 200;
  let served = 0;
  for (let index = 0; index < rounds; index += 1) {
    for (let source = 0; source < 5; source += 1) arrive(admission, `s${index}-${source}#`, `s${index}-${source}`);
    if (!arrive(admission, 'honest#', 'honest')) continue;
    // Five more arrive while it logs in.
    for (let source = 5; source < 10; source += 1) arrive(admission, `s${index}-${source}#`, `s${index}-${source}`);
    served += admission.from('honest');
    admission.leave('honest#', 'honest');
    expect(admission.size).toBeLessThanOrEqual(100);
  }
  expect(served).toBeGreaterThan(rounds * 0.93);
});

test('connections are taken in one by one, an accept delay apart', () => {
  const admission = new Admission<string>({ ...limits, acceptDelay: 50 }, sequence());
  expect([1000, 1000, 1010, 1200].map((now) => admission.delay(now))).toEqual([0, 50, 90, 0]);
});
