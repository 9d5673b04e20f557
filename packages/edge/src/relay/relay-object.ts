/** docs/relay-protocol.md, A relay at the edge: the object of one name, where its host is registered and its visitors arrive. */
import { systemClock } from '@nacre/core';
import {
  CLOSE,
  CLOSE_REPLACED,
  RESUME_VERSION,
  sourceOf,
  type ControlMessage,
  type ControlPeer,
} from 'ssh-bridge/relay-v4';
import { readErrand, type Errand } from './errand.js';
import { RELAY_LIMITS, type RelayLimits } from './limits.js';
import { Pairs } from './pairs.js';
import { openSocket, refusal, switching, type Denial, type RelaySocket, type RelayState } from './platform.js';
import { dismiss, Sockets, stateOf } from './sockets.js';
import { WaitingRoom } from './waiting-room.js';

/**
 * Export it from the Worker, and bind it. It sleeps while nobody says anything: a registration, and a session over which nothing goes,
 * take no time of it.
 */
export class RelayObject {
  readonly #limits: RelayLimits;
  readonly #sockets: Sockets;
  readonly #pairs: Pairs;
  readonly #room: WaitingRoom<RelaySocket>;

  /** A class of your own that extends this one may give limits. */
  constructor(state: RelayState, _environment: unknown, limits: Partial<RelayLimits> = {}) {
    this.#limits = { ...RELAY_LIMITS, ...limits };
    this.#sockets = new Sockets(state);
    this.#pairs = new Pairs(state, this.#sockets, { limits: this.#limits, now: () => Date.now() });
    this.#room = new WaitingRoom(this.#limits, systemClock);
    void state.blockConcurrencyWhile(() => this.#pairs.load());
  }

  /** Asked by the Worker alone, which has let in who asks. */
  async fetch(request: Request): Promise<Response> {
    const { errand, headers } = readErrand(request);
    const came = await this.#do(errand);
    return 'status' in came ? refusal(came) : switching(came, headers);
  }

  webSocketMessage(socket: RelaySocket, message: string | ArrayBuffer): void {
    const state = stateOf(socket);
    if (state?.role === 'link') {
      this.#pairs.carry(socket, state, message);
    } else if (state?.role === 'control') {
      const code = typeof message === 'string' ? CLOSE.policyViolation : CLOSE.unsupportedData;
      this.#dismissHost(socket, code, 'a host has no messages in version 1');
    }
  }

  async webSocketClose(socket: RelaySocket, code: number): Promise<void> {
    const state = stateOf(socket);
    if (state?.role === 'link') await this.#pairs.closed(socket, state, code);
    else if (state?.role === 'control') this.#dismissHost(socket, CLOSE.normal, '');
  }

  webSocketError(socket: RelaySocket): Promise<void> {
    return this.webSocketClose(socket, CLOSE.abnormal);
  }

  alarm(): void {
    this.#pairs.expire();
  }

  #do(errand: Errand): RelaySocket | Denial | Promise<RelaySocket | Denial> {
    switch (errand.kind) {
      case 'host':
        return this.#register(errand.sshPort);
      case 'visit':
        return this.#visit(errand.peer);
      case 'link':
        return this.#link(errand.ticket);
      case 'return':
        return this.#return(errand.sid, errand.received, errand.isPage);
    }
  }

  #register(sshPort: number): RelaySocket {
    const replaced = this.#sockets.control();
    if (replaced) dismiss(replaced, CLOSE_REPLACED, 'replaced: another host registered');
    this.#room.evict();
    const { theirs, ours } = this.#sockets.acceptControl();
    const { linkTimeout, maxLinks } = this.#limits;
    tell(ours, { type: 'registered', sshPort, linkTimeout, maxLinks, resume: RESUME_VERSION });
    return theirs;
  }

  /** Not answered before the host has dialled back: a request that waits is bounded, and needs nothing kept. */
  async #visit(peer: ControlPeer): Promise<RelaySocket | Denial> {
    const control = this.#sockets.control();
    if (control === undefined) {
      return { status: 503, message: 'no host is registered here; start it, keep it open, and try again' };
    }
    if (this.#pairs.isFull) return FULL;
    const source = peer.address === undefined ? undefined : sourceOf(peer.address);
    const full = this.#room.refusal(source, this.#pairs.size);
    if (full !== undefined) return full;
    const { ticket, outcome } = this.#room.admit(source);
    tell(control, { type: 'connection', ticket, peer });
    const came = await outcome;
    if (came.how === 'linked') return came.link;
    if (came.how === 'left') {
      return { status: 503, message: 'the host went away; start it again, and try again' };
    }
    // Nobody pings it: this is how one is found out that is gone without a word. One that is there registers again.
    if (stateOf(control) !== undefined) dismiss(control, CLOSE.goingAway, 'a link did not come in time');
    return { status: 503, message: 'the host did not answer; look whether it is still open, and try again' };
  }

  #link(ticket: string): RelaySocket | Denial {
    const taken = this.#room.take(ticket);
    if (taken === undefined) {
      return { status: 401, message: 'the ticket is unknown, used or expired; wait for the next visitor' };
    }
    const { visitor, host } = this.#pairs.create(taken.source);
    taken.answer(visitor);
    return host;
  }

  async #return(sid: string, received: number, isPage: boolean): Promise<RelaySocket | Denial> {
    const found = await this.#pairs.find(sid);
    // However much waits for others: what it adds to that is no more than its share.
    if (found !== undefined) {
      return this.#pairs.isCrowded(found.pair, found.end) ? FULL : this.#pairs.rejoin(found.pair, found.end, received);
    }
    const message = 'there is no such session any more; connect anew';
    if (!isPage) return { status: 410, message };
    const { theirs, ours } = openSocket();
    ours.accept();
    ours.close(CLOSE.policyViolation, message);
    return theirs;
  }

  /** Who waits for it is told at once, and nobody who waits for the next host, which may be there before the last word of this one. */
  #dismissHost(control: RelaySocket, code: number, reason: string): void {
    dismiss(control, code, reason);
    if (this.#sockets.control() === undefined) this.#room.evict();
  }
}

const FULL = { status: 503, message: 'too much is under way here; try again in a moment' } as const;

function tell(control: RelaySocket, message: ControlMessage): void {
  control.send(JSON.stringify(message));
}
