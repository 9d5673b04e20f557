/** C2SP's Wycheproof vectors, read from `shared/vectors/wycheproof` beside the project; they are not part of it. */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'vitest';
import type { Awaitable } from '@nacre/core/crypto';
import { KeyExchangeError } from '../../packages/core/src/errors.js';

const folder = new URL('../../../shared/vectors/wycheproof/', import.meta.url);
const ABSENT = 'no Wycheproof files in ../shared/vectors/wycheproof: the known answers in this folder still ran';

/** Where CI=true everything is run, however long it takes. */
export const isThorough = process.env['CI'] === 'true';

/** One case with the members of its group; every value is a string of the file. */
export interface Case {
  readonly number: number;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly flags: readonly string[];
  /** @throws Error where neither the case nor its group has a string of that name; `a.b` looks into `a`. */
  readonly text: (name: string) => string;
  readonly size: (name: string) => number;
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objects(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) throw new Error('expected a list');
  return value.filter(isObject);
}

function look(from: unknown, name: string): unknown {
  return name.split('.').reduce((value, part) => (isObject(value) ? value[part] : undefined), from);
}

function toCase(group: Json, item: Json): Case {
  const find = (name: string): unknown => look(item, name) ?? look(group, name);
  const text = (name: string): string => {
    const value = find(name);
    if (typeof value !== 'string') throw new Error(`no ${name}`);
    return value;
  };
  const result = text('result');
  if (result !== 'valid' && result !== 'invalid' && result !== 'acceptable') throw new Error(`the result ${result}`);
  const flags = find('flags');
  return {
    number: Number(find('tcId')),
    result,
    flags: Array.isArray(flags) ? flags.map(String) : [],
    text,
    size: (name) => Number(find(name)),
  };
}

function readCases(file: string): readonly Case[] {
  const whole: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  return objects(look(whole, 'testGroups')).flatMap((group) =>
    objects(group['tests']).map((item) => toCase(group, item)),
  );
}

/** How many cases of a file were run, and how many could not be, by reason. */
export type Counts = Readonly<Record<'ran', number>> & Readonly<Record<string, number>>;

/**
 * Runs `check` on every case of a file and fails with the numbers of those for which it gave false. For a case that cannot be
 * run, `check` gives the reason; how many were run, and how many not for each reason, is stated in `counts`.
 */
export function wycheproof(
  title: string,
  file: string,
  counts: Counts,
  check: (item: Case) => boolean | string | Promise<boolean | string>,
): void {
  test(`Wycheproof ${file}: ${title}`, { timeout: 60_000 }, async ({ skip, expect }) => {
    skip(!existsSync(new URL(file, folder)), ABSENT);
    const failed: string[] = [];
    const counted = new Map<string, number>([['ran', 0]]);
    for (const item of readCases(file)) {
      const holds = await check(item);
      const kind = typeof holds === 'string' ? holds : 'ran';
      counted.set(kind, (counted.get(kind) ?? 0) + 1);
      if (holds === false) failed.push(`${item.number} (${item.result}, ${item.flags.join(' ')})`);
    }
    expect(failed).toEqual([]);
    expect(Object.fromEntries(counted)).toEqual(counts);
  });
}

/** The secret that an exchange comes to; undefined where it refuses the share. @throws whatever else is thrown. */
export async function agreed(compute: () => Awaitable<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await compute();
  } catch (error) {
    if (error instanceof KeyExchangeError) return undefined;
    throw error;
  }
}
