/** Where Bun is installed. */
import { createRequire } from 'node:module';

/** Its programs are optional npm packages, one per platform: undefined if there is none for this one. */
export const bun: string | undefined = findBun();

function findBun(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);
  } catch {
    return undefined;
  }
}
