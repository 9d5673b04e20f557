/** The package's version: built into the one-file command, otherwise read from package.json, next to `src` and `dist`. */
import { readFileSync } from 'node:fs';

/** Set by `build.mjs`, so that the one file needs no other. */
declare const BUNDLED_VERSION: string | undefined;

export function packageVersion(): string {
  if (typeof BUNDLED_VERSION === 'string') return BUNDLED_VERSION;
  const parsed: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}
