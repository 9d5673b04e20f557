/**
 * The few web-standard globals that core may use: every runtime it supports has them. Core's `lib` has neither DOM nor
 * Node types, so anything not named here does not compile.
 */
interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}
declare const TextEncoder: { new (): TextEncoder };

interface TextDecoder {
  decode(input?: Uint8Array, options?: { stream?: boolean }): string;
}
declare const TextDecoder: { new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder };

declare function atob(base64: string): string;
declare function btoa(binary: string): string;

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  throwIfAborted(): void;
}
declare const AbortSignal: { any(signals: Iterable<AbortSignal>): AbortSignal };
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare const AbortController: { new (): AbortController };

interface ReadableStreamDefaultReader<R> {
  read(): Promise<{ done: false; value: R } | { done: true; value?: R | undefined }>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}
interface ReadableStreamDefaultController<R> {
  readonly desiredSize: number | null;
  enqueue(chunk: R): void;
  close(): void;
  error(reason?: unknown): void;
}
interface ReadableStream<R> {
  getReader(): ReadableStreamDefaultReader<R>;
  cancel(reason?: unknown): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterableIterator<R>;
}
declare const ReadableStream: {
  new <R>(
    source: {
      start?: (controller: ReadableStreamDefaultController<R>) => void | Promise<void>;
      pull?: (controller: ReadableStreamDefaultController<R>) => void | Promise<void>;
      cancel?: (reason: unknown) => void | Promise<void>;
    },
    strategy?: { highWaterMark?: number },
  ): ReadableStream<R>;
};

interface WritableStreamDefaultWriter<W> {
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  readonly desiredSize: number | null;
  write(chunk: W): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
  releaseLock(): void;
}
interface WritableStream<W> {
  getWriter(): WritableStreamDefaultWriter<W>;
  abort(reason?: unknown): Promise<void>;
}
declare const WritableStream: {
  new <W>(
    sink: {
      write?: (chunk: W) => void | Promise<void>;
      close?: () => void | Promise<void>;
      abort?: (reason: unknown) => void | Promise<void>;
    },
    strategy?: { highWaterMark?: number },
  ): WritableStream<W>;
};

/** Only the façade (`server.ts`, `client.ts`) uses timers. */
declare function setTimeout(callback: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

/** Web Cryptography: randomness everywhere, RSA and the NIST curves for the portable provider, and all of the provider `web-crypto`. */
interface CryptoKey {
  readonly type: string;
}
type RawKeyFormat = 'raw' | 'pkcs8' | 'raw-public' | 'raw-seed';
interface SubtleCrypto {
  digest(algorithm: string, message: Uint8Array): Promise<ArrayBuffer>;
  generateKey(
    algorithm: string | object,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }>;
  exportKey(format: 'jwk', key: CryptoKey): Promise<{ readonly x?: string; readonly y?: string }>;
  exportKey(format: RawKeyFormat, key: CryptoKey): Promise<ArrayBuffer>;
  importKey(
    format: 'jwk',
    key: object,
    algorithm: object,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  importKey(
    format: RawKeyFormat,
    key: Uint8Array,
    algorithm: string | object,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  encrypt(algorithm: object, key: CryptoKey, plain: Uint8Array): Promise<ArrayBuffer>;
  decrypt(algorithm: object, key: CryptoKey, sealed: Uint8Array): Promise<ArrayBuffer>;
  sign(algorithm: string | object, key: CryptoKey, message: Uint8Array): Promise<ArrayBuffer>;
  verify(algorithm: string | object, key: CryptoKey, signature: Uint8Array, message: Uint8Array): Promise<boolean>;
  deriveBits(algorithm: object, key: CryptoKey, length: number): Promise<ArrayBuffer>;
  encapsulateBits(
    algorithm: string,
    key: CryptoKey,
  ): Promise<{ readonly ciphertext: ArrayBuffer; readonly sharedKey: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: CryptoKey, ciphertext: Uint8Array): Promise<ArrayBuffer>;
}
declare const crypto: {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  readonly subtle: SubtleCrypto;
};
declare const performance: { now(): number };

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new <Exports>(module: object) => { readonly exports: Exports };
};
