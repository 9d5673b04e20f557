/** C2SP's Wycheproof vectors, read from `shared/vectors/wycheproof` beside the project; they are not part of it. */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'vitest';

const folder = new URL('../../../shared/vectors/wycheproof/', import.meta.url);
const ABSENT = 'no Wycheproof files in ../shared/vectors/wycheproof: the known answers in this folder still ran';

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

/**
 * Runs `check` on every case of a file and fails with the numbers of those for which it gave false. `check` gives undefined
 * for a case that does not apply; at least `least` must.
 */
export function wycheproof(
  title: string,
  file: string,
  least: number,
  check: (item: Case) => boolean | undefined | Promise<boolean | undefined>,
): void {
  test(`Wycheproof ${file}: ${title}`, async ({ skip, expect }) => {
    skip(!existsSync(new URL(file, folder)), ABSENT);
    const failed: string[] = [];
    let ran = 0;
    for (const item of readCases(file)) {
      const holds = await check(item);
      if (holds !== undefined) ran += 1;
      if (holds === false) failed.push(`${item.number} (${item.result}, ${item.flags.join(' ')})`);
    }
    expect(failed).toEqual([]);
    expect(ran).toBeGreaterThanOrEqual(least);
  });
}

/** The value that `compute` returns; undefined where it throws. */
export function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}
