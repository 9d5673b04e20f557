/** What a provider has to pass. It knows no test framework and no runtime, because it runs in all of them. */
import { equalBytes, type Awaitable, type CryptoProvider } from '@nacre/core/crypto';

type Get = (provider: CryptoProvider) => unknown;

/** What a provider may have of its own or borrow. */
const primitives = {
  random: ({ random }) => random,
  hash: ({ hash }) => hash,
  hmac: ({ hmac }) => hmac,
  'batched hmac': ({ batchedHmac }) => batchedHmac,
  'AES-GCM': ({ aesGcm }) => aesGcm,
  'batched AES-GCM': ({ batchedAesGcm }) => batchedAesGcm,
  'AES-CTR': ({ aesCtr }) => aesCtr,
  'batched AES-CTR': ({ batchedAesCtr }) => batchedAesCtr,
  ChaCha20: ({ chacha20 }) => chacha20,
  Poly1305: ({ poly1305 }) => poly1305,
  X25519: ({ x25519 }) => x25519,
  'ECDH over nistp256': ({ ecdh }) => ecdh.nistp256,
  'ECDH over nistp384': ({ ecdh }) => ecdh.nistp384,
  'ECDH over nistp521': ({ ecdh }) => ecdh.nistp521,
  'ML-KEM-768': ({ mlkem768 }) => mlkem768,
  'modular powers': ({ modularPower }) => modularPower,
  Ed25519: ({ ed25519 }) => ed25519,
  'ECDSA over nistp256': ({ ecdsa }) => ecdsa.nistp256,
  'ECDSA over nistp384': ({ ecdsa }) => ecdsa.nistp384,
  'ECDSA over nistp521': ({ ecdsa }) => ecdsa.nistp521,
  RSA: ({ rsa }) => rsa,
} as const satisfies Readonly<Record<string, Get>>;

export type PrimitiveName = keyof typeof primitives;
export const primitiveNames = Object.keys(primitives) as readonly PrimitiveName[];

export function primitiveOf(provider: CryptoProvider, name: PrimitiveName): unknown {
  return primitives[name](provider);
}

/** How many cases were run, and how many could not be, by reason. */
export type Counts = Readonly<Record<'ran', number>> & Readonly<Record<string, number>>;

export interface Outcome {
  readonly counts: Counts;
  /** The cases that failed, and how. */
  readonly failed: readonly string[];
}

export interface Material {
  /** The text of a vector file. */
  readonly read: (file: string) => string;
  /** Whether to run cases that take long and rarely show anything. */
  readonly isThorough: boolean;
}

export interface Proof {
  readonly title: string;
  /** What it is about: empty if that is code of ours, or of a library, that takes little from any provider. */
  readonly about: readonly PrimitiveName[];
  /** What providers are compared with. */
  readonly against?: CryptoProvider;
  /** The vector file that it reads. */
  readonly file?: string;
  /** Its counts if nothing is wrong: a run that was empty, or left something out, has other counts. */
  counts(isThorough: boolean): Counts;
  run(provider: CryptoProvider, material: Material): Promise<Outcome>;
}

/**
 * Those of `providers` that have something of their own to prove: what is borrowed from one before, or from what all are compared
 * with, shows nothing new. What is about no primitive belongs to the first one.
 */
export function ownersOf(
  providers: readonly CryptoProvider[],
  { about, against }: Pick<Proof, 'about' | 'against'>,
): readonly CryptoProvider[] {
  if (about.length === 0) return providers.slice(0, 1);
  const all = against === undefined ? providers : [against, ...providers];
  const owners = all.filter((provider, index) =>
    about.some((name) => {
      const own = primitiveOf(provider, name);
      return own !== undefined && all.findIndex((other) => primitiveOf(other, name) === own) === index;
    }),
  );
  return owners.filter((provider) => provider !== against);
}

export type Cases = Readonly<Record<string, (provider: CryptoProvider) => Awaitable<void>>>;

/** A proof whose cases throw if they fail. */
export function proof(title: string, about: readonly PrimitiveName[], cases: Cases, against?: CryptoProvider): Proof {
  const rows = Object.entries(cases);
  return {
    ...(against && { against }),
    title,
    about,
    counts: () => ({ ran: rows.length }),
    run: async (provider) => {
      const failed: string[] = [];
      for (const [name, run] of rows) {
        try {
          await run(provider);
        } catch (error) {
          failed.push(`${name}: ${String(error)}`);
        }
      }
      return { counts: { ran: rows.length }, failed };
    },
  };
}

/** @throws Error if the bytes differ, or are not a plain Uint8Array: the `slice` of a Buffer would be a view. */
export function requireSame(actual: Uint8Array, expected: Uint8Array): void {
  requireThat(Object.getPrototypeOf(actual) === Uint8Array.prototype, 'a plain Uint8Array');
  requireThat(equalBytes(actual, expected), `${expected.length} bytes as they should be`);
}

/** @throws Error if that is not so. */
export function requireThat(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected ${what}`);
}
