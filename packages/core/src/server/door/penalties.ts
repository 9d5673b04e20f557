/** Penalties by source, as in OpenSSH's `PerSourcePenalties`: a source that fails repeatedly is refused for a while. */
import {
  AuthenticationError,
  CompressionError,
  IdentificationError,
  MacError,
  ProtocolError,
  SshError,
  TimeoutError,
} from '../../errors.js';
import { sourcePrefix } from './source-prefix.js';

/** What a source can be penalised for: the outcome of a connection that did not log in. */
export type Offence = 'authenticationFailed' | 'noAuthentication' | 'graceExceeded' | 'protocolFault' | 'crash';

export interface PenaltyLimits extends Readonly<Record<Offence, number>> {
  /** Penalties are in ms and add up. A source is refused while this much, in ms, is left. */
  readonly threshold: number;
  /** The most penalty that a source can have left, in ms. */
  readonly maximum: number;
  /** Sources remembered, for IPv4 and IPv6 each: whoever owns many IPv6 prefixes cannot push out IPv4 sources. */
  readonly sources: number;
  /** Addresses that are never penalised: those of a proxy or a bridge, which many clients share. */
  readonly exempt?: (address: string) => boolean;
}

/** OpenSSH's numbers, and 10 s for peers that do not speak the protocol. */
export const DEFAULT_PENALTIES: PenaltyLimits = {
  authenticationFailed: 5000,
  noAuthentication: 1000,
  graceExceeded: 10_000,
  protocolFault: 10_000,
  crash: 90_000,
  threshold: 15_000,
  maximum: 600_000,
  sources: 65_536,
};

/** When a table is full, this fraction of it is dropped at once: the sources whose penalties would end soonest. */
const FORGOTTEN = 1 / 8;

const FAULTS = [ProtocolError, MacError, CompressionError, IdentificationError];

/** The offence of a connection that ended without a login; undefined if this side ended it. */
export function offenceOf(error: Error | undefined, hasFailed: boolean): Offence | undefined {
  if (hasFailed || error instanceof AuthenticationError) return 'authenticationFailed';
  if (error === undefined) return undefined;
  if (!(error instanceof SshError)) return 'crash';
  if (error instanceof TimeoutError) return 'graceExceeded';
  return FAULTS.some((fault) => error instanceof fault) ? 'protocolFault' : 'noAuthentication';
}

/** Until when each source has penalties left, in ms. Once they have run off, nothing is held against the source. */
export class Penalties {
  readonly #limits: PenaltyLimits;
  readonly #tables = [new Map<string, number>(), new Map<string, number>()] as const;

  constructor(limits: PenaltyLimits) {
    this.#limits = limits;
  }

  /** Sources that are remembered. */
  get size(): number {
    return this.#tables[0].size + this.#tables[1].size;
  }

  /** @returns for how long, in ms, the source is refused as a result; 0 if it is not, or was already. */
  add(address: string, offence: Offence, now: number): number {
    const { exempt, maximum, sources, threshold } = this.#limits;
    if (exempt?.(address) === true) return 0;
    const source = sourcePrefix(address);
    const table = this.#table(source);
    const before = Math.max(table.get(source) ?? now, now);
    const until = Math.min(before + this.#limits[offence], now + maximum);
    if (!table.has(source) && table.size >= sources) forget(table, sources, now);
    table.set(source, until);
    return before - now > threshold ? 0 : Math.max(0, until - now - threshold);
  }

  isRefused(address: string, now: number): boolean {
    const source = sourcePrefix(address);
    const table = this.#table(source);
    const until = table.get(source);
    if (until === undefined) return false;
    if (until <= now) table.delete(source);
    return until - now >= this.#limits.threshold;
  }

  #table(source: string): Map<string, number> {
    return this.#tables[source.includes(':') ? 1 : 0];
  }
}

function forget(table: Map<string, number>, most: number, now: number): void {
  for (const [source, until] of table) if (until <= now) table.delete(source);
  if (table.size < most) return;
  const soonest = [...table].toSorted(([, a], [, b]) => a - b).slice(0, Math.ceil(most * FORGOTTEN));
  for (const [source] of soonest) table.delete(source);
}
