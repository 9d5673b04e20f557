/** Proofs as Vitest tests, for every provider that Node can run. */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'vitest';
import { ownersOf, type Proof } from './proof.js';
import { providers } from './providers.js';

/** C2SP's Wycheproof vectors lie in `shared/vectors/wycheproof` beside the project; they are not part of it. */
const folder = new URL('../../../shared/vectors/wycheproof/', import.meta.url);
const ABSENT = 'no Wycheproof files in ../shared/vectors/wycheproof: the known answers in this folder still ran';

export function hasVectors(file: string): boolean {
  return existsSync(new URL(file, folder));
}

export function readVectors(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}

/** A proof is run for providers with code of their own in it: the same code again shows nothing. */
export function prove(proofs: readonly Proof[], { isThorough = false } = {}): void {
  for (const proof of proofs) {
    for (const provider of ownersOf(providers, proof)) {
      test(`${proof.title}: ${provider.name}`, { timeout: 60_000 }, async ({ skip, expect }) => {
        skip(proof.file !== undefined && !hasVectors(proof.file), ABSENT);
        const outcome = await proof.run(provider, { read: readVectors, isThorough });
        expect(outcome).toEqual({ failed: [], counts: proof.counts(isThorough) });
      });
    }
  }
}
