/** Secrets planted to be looked for: every form in which one could leak, and a provider that records which keys it was given. */
import { inspect } from 'node:util';
import type { CryptoProvider } from '@nacre/core/crypto';
import { nodeCrypto } from '@nacre/edge/node-crypto';

/** A secret of fewer bytes would be found by chance. */
const LEAST = 8;
/** Half a secret is a leak too: so many of its first bytes are looked for. */
const ENOUGH = 12;

/** All that was said: logs, errors, metrics, texts for the peer. */
export class Said {
  readonly #texts: string[] = [];

  add(what: unknown): void {
    this.#texts.push(
      typeof what === 'string' ? what : JSON.stringify(what),
      inspect(what, { depth: 8, breakLength: Infinity, compact: true, maxArrayLength: null }),
    );
    if (what instanceof Error) {
      this.#texts.push(what.stack ?? '');
      if (what.cause !== undefined) this.add(what.cause);
    }
  }

  get length(): number {
    return this.#texts.length;
  }

  /** The names of the secrets of which a form is in what was said. */
  leaks(secrets: ReadonlyMap<string, Uint8Array>): readonly string[] {
    const all = this.#texts.join('\n');
    const found = [...secrets].filter(([, secret]) =>
      formsOf(secret.subarray(0, ENOUGH)).some((form) => all.includes(form)),
    );
    return found.map(([name]) => name);
  }
}

/** Raw, hexadecimal, base64 at each of its three places, percent-encoded, escaped as JSON, and as numbers. */
export function formsOf(secret: Uint8Array): readonly string[] {
  if (secret.length < LEAST) throw new Error('a canary of fewer than 8 bytes is found by chance');
  const bytes = Buffer.from(secret);
  const raw = [bytes.toString('latin1'), bytes.toString('utf8')];
  const base64 = [0, 1, 2].flatMap((place) => {
    const text = Buffer.concat([Buffer.alloc(place), bytes]).toString('base64');
    // What is shared with the bytes before and behind is left out.
    const inner = text.slice(place === 0 ? 0 : 4, text.length - 4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [
    ...raw,
    ...raw.map((text) => JSON.stringify(text).slice(1, -1)),
    ...raw.map((text) => encodeURIComponent(text)),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    [...bytes].join(','),
    [...bytes].join(', '),
    ...base64,
  ];
}

/** node:crypto, and every key that a cipher or a MAC was given. */
export function watchedCrypto(): { readonly crypto: CryptoProvider; readonly keys: Uint8Array[] } {
  const keys: Uint8Array[] = [];
  const seen = <Rest extends readonly unknown[], T>(make: (key: Uint8Array, ...rest: Rest) => T) => {
    return (key: Uint8Array, ...rest: Rest): T => {
      keys.push(key.slice());
      return make(key, ...rest);
    };
  };
  const crypto: CryptoProvider = {
    ...nodeCrypto,
    aesGcm: seen((key) => nodeCrypto.aesGcm(key)),
    aesCtr: seen((key, counter: Uint8Array) => nodeCrypto.aesCtr(key, counter)),
    hmac: (name, key) => {
      keys.push(key.slice());
      return nodeCrypto.hmac(name, key);
    },
  };
  return { crypto, keys };
}
