/** A request as Workers get it, and whose it is. */

/** What is used of the Workers API; its own types fit. */
export interface WorkersRequest {
  readonly url: string;
  readonly headers: {
    get(name: string): string | null;
    forEach(callback: (value: string, name: string) => void): void;
  };
  /** Set by Cloudflare's network, and by nothing else. */
  readonly cf?: unknown;
}

/** Undefined outside that network. Security: it overwrites what a client put into the header, and nobody else does. */
export function clientAddress({ cf, headers }: WorkersRequest): string | undefined {
  return cf === undefined || cf === null ? undefined : (headers.get('cf-connecting-ip') ?? undefined);
}
