/** Runs all proofs in the current runtime: Node, Deno, Bun, workerd or a browser. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { portable } from '../../packages/core/src/crypto/portable-provider.js';
import { proofs } from './all-proofs.js';
import { ownersOf, primitiveNames, primitiveOf, type Outcome, type PrimitiveName } from './proof.js';

/** Whose code it is, by the names of those that a provider borrows from; `own` is not borrowed, and `none` is what it lacks. */
export type Origins = Readonly<Record<string, readonly PrimitiveName[]>>;

export interface ProviderReport {
  readonly provider: string;
  readonly origins: Origins;
  readonly proofs: readonly (Outcome & { readonly title: string })[];
}

/** @param files - the texts of vector files: proofs of others are left out */
export async function runProofs(
  providers: readonly CryptoProvider[],
  files: Readonly<Record<string, string>>,
  isThorough: boolean,
): Promise<readonly ProviderReport[]> {
  const present = proofs.filter(({ file }) => file === undefined || Object.hasOwn(files, file));
  const material = { read: (file: string) => files[file]!, isThorough };
  const reports: ProviderReport[] = [];
  for (const [index, provider] of providers.entries()) {
    const outcomes: ProviderReport['proofs'][number][] = [];
    for (const proof of present) {
      if (!ownersOf(providers, proof).includes(provider)) continue;
      outcomes.push({ title: proof.title, ...(await proof.run(provider, material)) });
    }
    const origins = originsOf(provider, providers.slice(0, index));
    reports.push({ provider: provider.name, origins, proofs: outcomes });
  }
  return reports;
}

/** A runtime may lack a primitive, and a provider then substitutes another's: this tells whose. */
function originsOf(provider: CryptoProvider, before: readonly CryptoProvider[]): Origins {
  const origins: Record<string, PrimitiveName[]> = {};
  for (const name of primitiveNames) {
    const primitive = primitiveOf(provider, name);
    const lender = [...before, noble, portable].find((other) => primitiveOf(other, name) === primitive);
    (origins[primitive === undefined ? 'none' : (lender?.name ?? 'own')] ??= []).push(name);
  }
  return origins;
}
