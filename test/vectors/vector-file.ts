/** C2SP's Wycheproof vectors: what their files contain, and proofs of them. */
import type { Awaitable, CryptoProvider } from '@nacre/core/crypto';
import { KeyExchangeError } from '../../packages/core/src/errors.js';
import type { Counts, PrimitiveName, Proof } from './proof.js';

/** One case with the members of its group; every value is a string of the file. */
export interface Case {
  readonly number: number;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly flags: readonly string[];
  /** @throws Error if neither the case nor its group has a string of that name; `a.b` looks into `a`. */
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

function casesOf(text: string): readonly Case[] {
  const whole: unknown = JSON.parse(text);
  return objects(look(whole, 'testGroups')).flatMap((group) =>
    objects(group['tests']).map((item) => toCase(group, item)),
  );
}

/** Whether a case holds, or why it cannot be run. */
export type Check = (item: Case) => Awaitable<boolean | string>;

/** Cases of a file that only a thorough run takes completely. */
interface Numerous {
  readonly count: number;
  readonly reason: string;
  isLeftOut(item: Case): boolean;
}

/**
 * One in `rate` of those cases that have one of `flags` and are not refused, which by the hundreds probe the arithmetic of an
 * implementation.
 *
 * @param count - of those that are left out
 */
export function oneIn(rate: number, flags: readonly string[], count: number): Numerous {
  return {
    count,
    reason: `is one of ${rate - 1} in ${rate} cases of ${flags.join(' and ')}, which only a thorough run takes`,
    isLeftOut: (item) =>
      item.result !== 'invalid' && item.number % rate !== 0 && item.flags.some((flag) => flags.includes(flag)),
  };
}

export interface VectorFile {
  readonly file: string;
  /** What it shows, if a file shows more than one thing. */
  readonly what?: string;
  readonly about: readonly PrimitiveName[];
  /** How many cases are run, and how many cannot be, by reason. */
  readonly counts: Counts;
  readonly numerous?: Numerous;
  readonly check: (provider: CryptoProvider) => Awaitable<Check>;
}

/** What names a case that failed. */
function nameOf({ number, result, flags }: Case): string {
  return `${number} (${result}, ${flags.join(' ')})`;
}

export function provenBy({ file, what, about, counts, numerous, check }: VectorFile): Proof {
  return {
    title: `Wycheproof ${file}${what === undefined ? '' : `, ${what}`}`,
    about,
    file,
    counts: (isThorough) =>
      isThorough || numerous === undefined
        ? counts
        : { ...counts, ran: counts.ran - numerous.count, [numerous.reason]: numerous.count },
    run: async (provider, { read, isThorough }) => {
      const failed: string[] = [];
      const counted = new Map<string, number>();
      const holds = await check(provider);
      for (const item of casesOf(read(file))) {
        const isLeftOut = !isThorough && numerous?.isLeftOut(item) === true;
        const found = isLeftOut ? numerous.reason : await holds(item);
        const kind = typeof found === 'string' ? found : 'ran';
        counted.set(kind, (counted.get(kind) ?? 0) + 1);
        if (found === false) failed.push(nameOf(item));
      }
      return { counts: { ran: 0, ...Object.fromEntries(counted) }, failed };
    },
  };
}

/** The secret that an exchange yields; undefined if it refuses the share. @throws whatever else is thrown. */
export async function agreed(compute: () => Awaitable<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await compute();
  } catch (error) {
    if (error instanceof KeyExchangeError) return undefined;
    throw error;
  }
}
