/** Inputs that once led to a finding, as files: a line that describes it, then the bytes in hexadecimal. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const LINE = 80;

export interface Case {
  readonly target: string;
  readonly file: string;
  readonly input: Uint8Array;
}

export function formatCase(what: string, input: Uint8Array): string {
  const lines =
    Buffer.from(input)
      .toString('hex')
      .match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [`# ${what.replace(/[^\x20-\x7e]+/g, ' ')}`, ...lines, ''].join('\n');
}

export function parseCase(text: string): Uint8Array {
  const digits = text.replace(/^#.*$/gm, '').replace(/\s+/g, '');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** Writes a case into the folder of its target. @returns its path. */
export function writeCase(folder: string, target: string, what: string, input: Uint8Array): string {
  mkdirSync(join(folder, target), { recursive: true });
  const name = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const path = join(folder, target, `${name}.hex`);
  writeFileSync(path, formatCase(what, input));
  return path;
}

export function readCases(folder: string): readonly Case[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((target) =>
    readdirSync(join(folder, target))
      .toSorted()
      .map((file) => ({ target, file, input: parseCase(readFileSync(join(folder, target, file), 'utf8')) })),
  );
}
