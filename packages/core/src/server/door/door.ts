/** The door of a server: who is admitted, who must go to make room, and what is remembered of those who left. */
import { dateOf, type Clock } from '../../driver.js';
import { DisconnectReason } from '../../errors.js';
import type { ByteLink } from '../../link.js';
import type { LiveConnection } from '../connection.js';
import type { DoorCounts } from '../stats.js';
import { Admission, type AdmissionLimits } from './admission.js';
import { offenceOf, Penalties, type Offence, type PenaltyLimits } from './penalties.js';
import { MAXIMUM_TOLD, Refusals } from './refusal.js';
import { sourcePrefix } from './source-prefix.js';

export interface DoorLimits extends AdmissionLimits {
  /** A connection that finds no room is tried once more after this time, in ms; 0 turns it away at once. */
  readonly retryDelay: number;
  readonly penalties: PenaltyLimits | false;
}

/** Security: a flood must not fill the log. Refusals are logged at this interval, in ms, with the number since the last. */
const LOG_INTERVAL = 1000;

export class Door {
  readonly #limits: DoorLimits;
  readonly #clock: Clock;
  readonly #software: string;
  readonly #admission: Admission<LiveConnection>;
  readonly #penalties: Penalties | undefined;
  readonly #refusals = new Refusals();
  /** When a refusal was last logged, in ms, and the number of refusals since. */
  #loggedAt = -Infinity;
  #unlogged = 0;
  /** Those that were told to go and have not gone yet. */
  readonly #displaced = new Set<LiveConnection>();
  /** How many found no room and wait to be tried once more. */
  #retrying = 0;
  readonly #counts = {
    accepted: 0,
    refused: 0,
    penalised: 0,
    displaced: 0,
    authenticated: 0,
  };
  readonly #offences: Partial<Record<Offence, number>> = {};

  constructor(limits: DoorLimits, clock: Clock, software: string) {
    this.#limits = limits;
    this.#clock = clock;
    this.#software = software;
    this.#admission = new Admission(limits, Math.random);
    this.#penalties = limits.penalties === false ? undefined : new Penalties(limits.penalties);
  }

  get counts(): DoorCounts {
    return { ...this.#counts, offences: { ...this.#offences } };
  }

  /** Whether a connection is admitted; it counts from then on. A promise is returned only if it waits for room. */
  admit(connection: LiveConnection, link: ByteLink): boolean | Promise<boolean> {
    if (this.refusesSource(connection)) {
      // Security: a penalised source gets no explanation.
      link.destroy();
      return false;
    }
    if (this.#fits(connection)) return true;
    const { retryDelay, unauthenticated } = this.#limits;
    if (retryDelay === 0 || this.#retrying >= unauthenticated) return this.#turnAway(connection, link);
    this.#retrying += 1;
    return new Promise((resolve) => {
      this.#clock.schedule(() => {
        this.#retrying -= 1;
        resolve(this.#fits(connection) || this.#turnAway(connection, link));
      }, retryDelay);
    });
  }

  /** Whether the source has penalties: if so, the connection is refused before any hook is asked about it. */
  refusesSource(connection: LiveConnection): boolean {
    const { remoteAddress } = connection.peer;
    if (!remoteAddress || !this.#penalties?.isRefused(remoteAddress, this.#clock.now())) return false;
    this.#refuse(connection, 'penalised', 'its source has penalties');
    return true;
  }

  /** A connection that does not have to be admitted, because it was before: a resumed snapshot. */
  enter(connection: LiveConnection): void {
    this.#admission.enter(connection, sourceOf(connection));
  }

  /** Waits until it is this connection's turn. */
  turn(): Promise<void> | undefined {
    const delay = this.#admission.delay(this.#clock.now());
    if (delay <= 0) return undefined;
    return new Promise((resolve) => void this.#clock.schedule(resolve, delay));
  }

  authenticated(): void {
    this.#counts.authenticated += 1;
  }

  /** A connection is over or authenticated. */
  leave(connection: LiveConnection): void {
    this.#displaced.delete(connection);
    this.#admission.leave(connection, sourceOf(connection));
  }

  over(connection: LiveConnection): void {
    this.leave(connection);
    if (connection.engine?.isAuthenticated === false) this.#penalise(connection);
  }

  /** It ended without a login. */
  #penalise(connection: LiveConnection): void {
    const { peer, error, userauth, engine } = connection;
    const told = offenceOf(error, (userauth?.failures ?? 0) > 0);
    if (told === undefined) return;
    // A client that was waiting for us when the grace ended, for a slow hook or a queue of passwords, is not to blame.
    const offence = told === 'graceExceeded' && engine?.isPaused === true ? 'noAuthentication' : told;
    this.#offences[offence] = (this.#offences[offence] ?? 0) + 1;
    const { remoteAddress } = peer;
    const refused = remoteAddress && this.#penalties?.add(remoteAddress, offence, this.#clock.now());
    if (!refused) return;
    const until = new Date(dateOf(this.#clock) + refused).toISOString();
    connection.log(4, 'connection', 'its source is refused from now on', { source: sourceOf(connection), until });
  }

  #fits(connection: LiveConnection): boolean {
    const verdict = this.#admission.judge(sourceOf(connection));
    if (!verdict.isAdmitted) return false;
    const { displaces } = verdict;
    if (displaces !== undefined) {
      this.#counts.displaced += 1;
      this.leave(displaces);
      if (this.#displaced.size >= MAXIMUM_TOLD) displaces.evict();
      else displaces.evict([DisconnectReason.TOO_MANY_CONNECTIONS, 'too many connections']);
      this.#displaced.add(displaces);
    }
    this.#counts.accepted += 1;
    this.enter(connection);
    return true;
  }

  #turnAway(connection: LiveConnection, link: ByteLink): false {
    this.#refuse(connection, 'refused', 'too many connections that have not authenticated');
    this.#refusals.turnAway(link, this.#clock, this.#software, 'too many connections, try again later');
    return false;
  }

  #refuse(connection: LiveConnection, count: 'refused' | 'penalised', reason: string): void {
    this.#counts[count] += 1;
    const now = this.#clock.now();
    this.#unlogged += 1;
    if (now - this.#loggedAt < LOG_INTERVAL) return;
    connection.log(4, 'connection', `refused: ${reason}`, { refused: this.#unlogged });
    this.#loggedAt = now;
    this.#unlogged = 0;
  }
}

function sourceOf({ peer: { remoteAddress } }: LiveConnection): string | undefined {
  return remoteAddress === undefined ? undefined : sourcePrefix(remoteAddress);
}
