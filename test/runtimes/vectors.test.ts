/** Every proof of `test/vectors` in the runtimes themselves, with the providers made for them. */
import { test } from 'vitest';
import { bunCrypto } from '@nacre/edge/bun-crypto';
import { denoCrypto } from '@nacre/edge/deno-crypto';
import { workersCrypto } from '@nacre/edge/workers-crypto';
import { temporaryFolder, type Cleanup } from '../interop/processes.js';
import { proofs } from '../vectors/all-proofs.js';
import { primitiveNames, type PrimitiveName, type Proof } from '../vectors/proof.js';
import { hasVectors, readVectors } from '../vectors/prove.js';
import type { Origins, ProviderReport } from '../vectors/run-proofs.js';
import { places, type Place } from './one-program.js';

/** With CI=true every case is run. */
const isThorough = process.env['CI'] === 'true';

/** That takes half a minute for all that share the machine, and more on a busy one. */
const TIMEOUT = 900_000;

const EXCHANGES = ['X25519', 'ML-KEM-768'] as const;
const P521: readonly PrimitiveName[] = ['ECDH over nistp521', 'ECDSA over nistp521'];
const CURVES = primitiveNames.filter((name) => name.includes('over nistp'));
const BATCHED: readonly PrimitiveName[] = ['batched AES-GCM', 'batched AES-CTR', 'batched hmac'];
const SYMMETRIC = ['random', 'hash', 'hmac', 'AES-GCM', 'AES-CTR', 'ChaCha20', 'Poly1305'] as const;

interface Row {
  readonly place: Place;
  /** The module that has the providers. */
  readonly entry: string;
  /**
   * What each of them borrows, in their order: `webCrypto()` borrows what a runtime refuses. RSA of `noble` is WebCrypto's,
   * and so are the curves of `portable`; the rest of both is JavaScript.
   */
  readonly borrowed: Readonly<Record<string, Origins>>;
}

/** WebAssembly's in browsers. */
const CHACHA20_POLY1305: readonly PrimitiveName[] = ['ChaCha20', 'Poly1305'];
const exceptChaCha20 = (names: readonly PrimitiveName[]): readonly PrimitiveName[] =>
  names.filter((name) => !CHACHA20_POLY1305.includes(name));

/** Of `webCrypto()` where WebCrypto has all that it may have. */
const modern = { noble: [...SYMMETRIC, 'modular powers', 'RSA'], portable: CURVES } as const;

const rows: readonly Row[] = [
  {
    place: places.deno,
    entry: 'deno',
    borrowed: {
      [denoCrypto.name]: { portable: P521 },
      WebCrypto: { ...modern, portable: CURVES.filter((name) => !P521.includes(name)), [denoCrypto.name]: P521 },
    },
  },
  {
    place: places.bun,
    entry: 'bun',
    borrowed: {
      [bunCrypto.name]: { noble: ['modular powers'], none: BATCHED },
      WebCrypto: { ...modern, noble: [...SYMMETRIC, 'RSA'], [bunCrypto.name]: ['modular powers'] },
    },
  },
  {
    place: places.workerd,
    entry: 'workerd',
    borrowed: {
      [workersCrypto.name]: {
        noble: ['ChaCha20', 'Poly1305', ...EXCHANGES, 'modular powers'],
        none: ['batched AES-CTR', 'batched hmac'],
      },
    },
  },
  {
    place: places.workerdAlone,
    entry: 'workerd-alone',
    borrowed: {
      portable: { ...modern, noble: [...modern.noble, ...EXCHANGES, 'Ed25519'], none: BATCHED },
      // workerd's own ML-KEM is behind a compatibility flag.
      WebCrypto: { portable: [...SYMMETRIC, ...CURVES, 'ML-KEM-768', 'modular powers', 'RSA'] },
    },
  },
  {
    place: places.browser,
    entry: 'browser',
    borrowed: {
      WebCrypto: { ...modern, noble: exceptChaCha20(modern.noble) },
      portable: {
        WebCrypto: [...exceptChaCha20(modern.noble), ...CURVES],
        noble: [...EXCHANGES, 'Ed25519', ...CHACHA20_POLY1305],
        none: BATCHED,
      },
    },
  },
];

const present = proofs.filter(({ file }) => file === undefined || hasVectors(file));

async function run({ place, entry }: Row, cleanup: Cleanup): Promise<readonly ProviderReport[]> {
  const names = new Set(present.flatMap(({ file = [] }) => file));
  const files = Object.fromEntries([...names].map((name) => [name, readVectors(name)]));
  const source = `import { runProofs } from '../vectors/run-proofs.js';
    import { providers } from './vectors/${entry}.js';
    const files = ${JSON.stringify(files)};
    const say = async () => JSON.stringify(await runProofs(await providers(), files, ${isThorough}));`;
  return JSON.parse(await place.run(await temporaryFolder(cleanup), source));
}

/** Whose everything is: what is not borrowed is the provider's own. */
function originsOf(borrowed: Origins): Origins {
  const lent = Object.values(borrowed).flat();
  const own = primitiveNames.filter((name) => !lent.includes(name));
  return { ...borrowed, ...(own.length > 0 && { own }) };
}

/** What must be proven: everything by the first provider, and by the others what they do not have from one before. */
function expectedProofs(origins: Origins, before: readonly string[]): ProviderReport['proofs'] {
  const lenders = Object.keys(origins).filter((lender) => lender !== 'none' && !before.includes(lender));
  const ours = lenders.flatMap((lender) => origins[lender] ?? []);
  const unlikeNoble = ours.filter((name) => !origins['noble']?.includes(name));
  const isProven = ({ about, against }: Proof): boolean =>
    about.length === 0
      ? before.length === 0
      : about.some((name) => (against === undefined ? ours : unlikeNoble).includes(name));
  return present
    .filter(isProven)
    .map((proof) => ({ title: proof.title, counts: proof.counts(isThorough), failed: [] }));
}

const sorted = (origins: Origins): Origins =>
  Object.fromEntries(Object.entries(origins).map(([lender, names]) => [lender, [...names].toSorted()]));

// A process each, which uses one core.
test.concurrent.for(rows)(
  '$place.name every vector, and equal to noble',
  { timeout: TIMEOUT },
  async (row, { expect, onTestFinished, skip }) => {
    skip(row.place.isMissing, 'not installed');
    const names = Object.keys(row.borrowed);
    const expected = Object.entries(row.borrowed).map(([provider, borrowed], index) => {
      const origins = originsOf(borrowed);
      return { provider, origins: sorted(origins), proofs: expectedProofs(origins, names.slice(0, index)) };
    });
    const reports = await run(row, onTestFinished);
    expect(reports.map(({ origins, ...report }) => ({ ...report, origins: sorted(origins) }))).toEqual(expected);
  },
);
