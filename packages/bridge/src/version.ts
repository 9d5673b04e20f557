/** The package's version: put in where the command is one file, else read where both `src` and `dist` have it beside them. */
import { readFileSync } from 'node:fs';

/** `build.mjs` puts it in, so that the one file runs alone. */
declare const BUNDLED_VERSION: string | undefined;

export function packageVersion(): string {
  if (typeof BUNDLED_VERSION === 'string') return BUNDLED_VERSION;
  const parsed: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}
