/** Where Bun is. */
import { createRequire } from 'node:module';

/** Its programs are packages of npm by platform, and optional: undefined where there is none for this one. */
export const bun: string | undefined = findBun();

function findBun(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);
  } catch {
    return undefined;
  }
}
