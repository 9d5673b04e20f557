/**
 * docs/relay-protocol.md, A relay at the edge: a visitor and a host, each with a link of SSH Relay v4. The relay greets
 * both, and then passes on their messages unchanged, without keeping any. Bytes lost with a link are sent again by their
 * sender: both ends come back, and learn from each other how far they are.
 */
import {
  CLOSE,
  CLOSE_ABORTED,
  decodeCommand,
  encodeConnectSuccess,
  encodeReconnectSuccess,
  FINAL_CODES,
  MAX_COMMAND_LENGTH,
  ResumeFault,
} from 'ssh-bridge/relay-v4';
import { Backlogs } from './backlog.js';
import type { RelayLimits } from './limits.js';
import type { RelaySocket, RelayState } from './platform.js';
import { createSecret, isSecret } from './secrets.js';
import {
  dismiss,
  isOpen,
  note,
  OTHER,
  stateOf,
  type End,
  type LinkSocket,
  type LinkState,
  type Sockets,
} from './sockets.js';

/** The stored part of a pair, which outlives the object's process. */
interface StoredPair {
  /** Secrets of the two ends' session ids. */
  readonly visitor: string;
  readonly host: string;
  /** The visitor's source; undefined if nobody vouches for its address. */
  readonly source: string | undefined;
  /** When the pair ends unless both ends are connected, in ms since 1970; undefined while they are. */
  readonly until?: number;
}

const PREFIX = 'pair:';
const ID_BYTES = 16;
/** `id ‖ secret`, both base64url. */
const SID = /^([\w-]{22})([\w-]{43})$/;

export interface PairsOptions {
  readonly limits: RelayLimits;
  /** In ms since 1970. */
  readonly now: () => number;
}

/** A Close not answered yet. The platform no longer lists its socket; the object stays awake until the handler returns. */
interface Ending {
  readonly socket: RelaySocket;
  readonly settle: () => void;
}

export class Pairs {
  readonly #state: RelayState;
  readonly #sockets: Sockets;
  readonly #options: PairsOptions;
  readonly #backlogs = new Backlogs();
  readonly #pairs = new Map<string, StoredPair>();
  /** By pair: the end that has sent everything. */
  readonly #endings = new Map<string, Ending>();

  constructor(state: RelayState, sockets: Sockets, options: PairsOptions) {
    this.#state = state;
    this.#sockets = sockets;
    this.#options = options;
  }

  /** Reads the stored pairs. Ends whose links went with the object's last process are away. */
  async load(): Promise<void> {
    const stored = await this.#state.storage.list({ prefix: PREFIX });
    for (const [key, pair] of stored) this.#pairs.set(key.slice(PREFIX.length), pair as StoredPair);
    for (const [id, { until }] of this.#pairs) {
      if (until === undefined && !this.#isJoined(id)) this.#giveTime(id);
    }
  }

  get size(): number {
    return this.#pairs.size;
  }

  /** Whether so much waits for readers that no more visitors can be served. */
  get isFull(): boolean {
    return this.#backlogs.exceeds(this.#options.limits.maxTotalBacklog, () => this.#sockets.all());
  }

  /** Whether this end has come back so often, without answering the Close of its earlier links, that it is not let in again. */
  isCrowded(pair: string, end: End): boolean {
    return this.#sockets.count(pair, end) > this.#options.limits.maxClosing;
  }

  /** Joins a visitor from this source and the host's link for it. @returns the sockets to answer them with */
  create(source?: string): Readonly<Record<End, RelaySocket>> {
    if (source !== undefined) this.#makeRoom(source);
    const id = createSecret(ID_BYTES);
    const secrets = { visitor: createSecret(), host: createSecret() };
    this.#store(id, { ...secrets, source });
    const accept = (end: End): RelaySocket => {
      const { theirs, ours } = this.#sockets.acceptLink({ pair: id, end, phase: 'joined', hasSpoken: false });
      ours.send(encodeConnectSuccess(`${id}${secrets[end]}`));
      return theirs;
    };
    return { visitor: accept('visitor'), host: accept('host') };
  }

  /** @returns which end of which pair this session id is */
  async find(sid: string): Promise<Pick<LinkState, 'pair' | 'end'> | undefined> {
    const [, id = '', secret] = SID.exec(sid) ?? [];
    const pair = this.#pairs.get(id);
    for (const end of ['visitor', 'host'] as const) {
      const isThis = await isSecret(secret, pair?.[end]);
      if (isThis && this.#pairs.has(id)) return { pair: id, end };
    }
    return undefined;
  }

  /** An end has come back, with `received` bytes of the other. @returns the socket to answer it with */
  rejoin(pair: string, end: End, received: number): RelaySocket {
    this.#answer(pair, CLOSE.goingAway, 'the other end has a new link: come back');
    const replaced = this.#sockets.link(pair, end);
    if (replaced) dismiss(replaced.socket, CLOSE.goingAway, 'a new link has taken over');
    const state: LinkState = { pair, end, phase: 'returned', hasSpoken: true, received };
    const { theirs, ours } = this.#sockets.acceptLink(state);
    const other = this.#sockets.link(pair, OTHER[end]);
    if (other?.state.phase === 'returned' && isOpen(other.socket)) {
      this.#join({ socket: ours, state }, other);
      return theirs;
    }
    // Bytes in flight to the other and from it may be lost: only the other knows how far it is.
    if (other) dismiss(other.socket, CLOSE.goingAway, 'the other end has a new link: come back');
    this.#giveTime(pair);
    // However late this one has come, the other gets time to do the same.
    this.#giveTime(pair, this.#options.limits.unansweredGrace, Math.max);
    return theirs;
  }

  /** Passes a message of an end on to the other, if that is connected. */
  carry(socket: RelaySocket, state: LinkState, message: string | ArrayBuffer): void {
    const { pair, end, phase } = state;
    const fault = typeof message === 'string' ? CLOSE.unsupportedData : faultOf(message);
    if (fault !== undefined) {
      dismiss(socket, fault, 'that is no command of SSH Relay v4');
      this.#over(pair, 'the other end broke the protocol');
      return;
    }
    const other = this.#sockets.link(pair, OTHER[end]);
    if (typeof message === 'string' || phase !== 'joined' || other?.state.phase !== 'joined') return;
    if (!isOpen(other.socket)) return;
    if (!state.hasSpoken) note(socket, { ...state, hasSpoken: true });
    const waiting = this.#backlogs.send(other.socket, message);
    if (waiting > this.#options.limits.maxBacklog) this.#over(pair, 'more is under way than SSH Relay v4 allows');
    else if (this.isFull) this.#relieve();
  }

  /** A link has ended, by a Close of its peer or without one. Settles when that may be answered. */
  async closed(socket: RelaySocket, { pair, end, phase, hasSpoken }: LinkState, code: number): Promise<void> {
    const other = this.#sockets.link(pair, OTHER[end]);
    if (code === CLOSE.normal && this.#endings.has(pair)) this.#over(pair, '', CLOSE.normal);
    else if (FINAL_CODES.has(code)) this.#over(pair, 'the other end cut the stream off');
    else if (code === CLOSE.normal && phase === 'joined' && other?.state.phase === 'joined') {
      await this.#finish(socket, pair, other.socket);
    } else {
      dismiss(socket, CLOSE.goingAway, 'come back');
      this.#answer(pair, CLOSE.goingAway, 'the other end is away: come back');
      this.#giveTime(pair, hasSpoken ? undefined : this.#options.limits.unansweredGrace);
    }
  }

  /** Ends the pairs whose time is over. */
  expire(): void {
    for (const [id, { until }] of this.#pairs) {
      if (until !== undefined && until <= this.#options.now()) this.#over(id, 'the other end did not come back');
    }
    this.#wakeForNext();
  }

  #join(left: LinkSocket, right: LinkSocket): void {
    for (const [to, other] of [
      [left, right],
      [right, left],
    ] as const) {
      note(to.socket, { ...to.state, phase: 'joined' });
      to.socket.send(encodeReconnectSuccess(other.state.received ?? 0));
    }
    const { visitor, host, source } = this.#pairs.get(left.state.pair) as StoredPair;
    this.#store(left.state.pair, { visitor, host, source });
  }

  /** Security: otherwise a visitor that opens and abandons sessions takes all places for as long as they may be resumed. */
  #makeRoom(source: string): void {
    const away = [...this.#pairs].filter(([, pair]) => pair.source === source && pair.until !== undefined);
    if (away.length < this.#options.limits.maxAwayPerSource) return;
    const [first] = away.toSorted(([, a], [, b]) => (a.until as number) - (b.until as number));
    if (first) this.#over(first[0], 'too many sessions of its address are away');
  }

  /** One end has sent everything. Its Close is answered with 1000 once the other end has answered it too, after all data. */
  async #finish(socket: RelaySocket, pair: string, other: RelaySocket): Promise<void> {
    other.close(CLOSE.normal);
    this.#giveTime(pair);
    await new Promise<void>((settle) => this.#endings.set(pair, { socket, settle }));
  }

  #answer(pair: string, code: number, reason: string): void {
    const ending = this.#endings.get(pair);
    if (ending === undefined) return;
    this.#endings.delete(pair);
    dismiss(ending.socket, code, reason);
    ending.settle();
  }

  /**
   * Memory is running out: the slowest reader has to come back for the rest. Security: what waits for a reader that does not
   * answer our Close stays in memory, and readers with less than an even share must not pay for that.
   */
  #relieve(): void {
    const { maxTotalBacklog, maxLinks } = this.#options.limits;
    const links = this.#sockets.all().filter((socket) => stateOf(socket)?.role === 'link');
    const slowest = links.toSorted((a, b) => this.#backlogs.of(b) - this.#backlogs.of(a))[0];
    const state = slowest && stateOf(slowest);
    if (slowest === undefined || state?.role !== 'link') return;
    if (this.#backlogs.of(slowest) <= maxTotalBacklog / maxLinks) return;
    dismiss(slowest, CLOSE.goingAway, 'too much waits for its reader');
    this.#giveTime(state.pair);
  }

  #over(pair: string, reason: string, code: number = CLOSE_ABORTED): void {
    this.#pairs.delete(pair);
    void this.#state.storage.delete(PREFIX + pair);
    this.#answer(pair, code, reason);
    for (const end of ['visitor', 'host'] as const) {
      const link = this.#sockets.link(pair, end);
      if (link) dismiss(link.socket, code, reason);
    }
  }

  #isJoined(pair: string): boolean {
    return (['visitor', 'host'] as const).every((end) => this.#sockets.link(pair, end)?.state.phase === 'joined');
  }

  /** Counts from when the first end went away, unless `choose` says otherwise. */
  #giveTime(id: string, grace: number = this.#options.limits.resumeGrace, choose = Math.min): void {
    const pair = this.#pairs.get(id);
    if (pair === undefined) return;
    const deadline = this.#options.now() + grace;
    const until = choose(pair.until ?? deadline, deadline);
    if (until === pair.until) return;
    this.#store(id, { ...pair, until });
    this.#wakeForNext();
  }

  #store(id: string, pair: StoredPair): void {
    this.#pairs.set(id, pair);
    void this.#state.storage.put(PREFIX + id, pair);
  }

  #wakeForNext(): void {
    const deadlines = [...this.#pairs.values()].flatMap(({ until }) => until ?? []);
    if (deadlines.length > 0) void this.#state.storage.setAlarm(Math.min(...deadlines));
  }
}

/** The Close code for a message that no end may send. The other end judges everything else. */
function faultOf(message: ArrayBuffer): number | undefined {
  if (message.byteLength > MAX_COMMAND_LENGTH) return CLOSE.messageTooBig;
  try {
    const { name } = decodeCommand(new Uint8Array(message));
    return name === 'CONNECT_SUCCESS' || name === 'RECONNECT_SUCCESS' ? CLOSE.protocolError : undefined;
  } catch (error) {
    if (error instanceof ResumeFault) return CLOSE.protocolError;
    throw error;
  }
}
