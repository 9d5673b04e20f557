/** docs/relay-protocol.md, A relay at the edge: the object of one name, where its host registers and its visitors arrive. */
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
import { dismiss, isOpen, Sockets, stateOf } from './sockets.js';
import { WaitingRoom } from './waiting-room.js';

/**
 * Export it from the Worker, and bind it. It sleeps while nothing is sent: registrations and idle sessions cost no running
 * time.
 */
export class RelayObject {
  readonly #limits: RelayLimits;
  readonly #sockets: Sockets;
  readonly #pairs: Pairs;
  readonly #room: WaitingRoom<RelaySocket>;

  /** A subclass of your own may pass limits. */
  constructor(state: RelayState, _environment: unknown, limits: Partial<RelayLimits> = {}) {
    this.#limits = { ...RELAY_LIMITS, ...limits };
    this.#sockets = new Sockets(state);
    this.#pairs = new Pairs(state, this.#sockets, { limits: this.#limits, now: () => Date.now() });
    this.#room = new WaitingRoom(this.#limits, systemClock);
    void state.blockConcurrencyWhile(() => this.#pairs.load());
  }

  /** Called only by the Worker, which has already decided who is let in. */
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

  /** Not answered before the host has dialled back: waiting requests are bounded, and need nothing stored. */
  async #visit(peer: ControlPeer): Promise<RelaySocket | Denial> {
    const control = this.#sockets.control();
    if (control === undefined) {
      return { status: 503, message: 'no host is registered here; start it, keep it open, and try again' };
    }
    if (this.#pairs.isFull) return FULL;
    const source = peer.address === undefined ? undefined : sourceOf(peer.address);
    const full = this.#room.refusal(source, this.#pairs.size);
    if (full !== undefined) return full;
    const came = await this.#room.admit(source, (ticket) => tell(control, { type: 'connection', ticket, peer }));
    if (came.how === 'linked') return came.link;
    if (came.how === 'crowded') return { status: 503, message: 'too many clients are waiting; try again in a moment' };
    if (came.how === 'left') {
      return { status: 503, message: 'the host went away; start it again, and try again' };
    }
    // The host is not pinged: this is how one that vanished silently is noticed. One that is alive registers again.
    if (stateOf(control) !== undefined) dismiss(control, CLOSE.goingAway, 'a link did not come in time');
    return { status: 503, message: 'the host did not answer; check that it is still open, and try again' };
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
    // However much waits for others: it adds no more than its share.
    if (found !== undefined) {
      return this.#pairs.isCrowded(found.pair, found.end) ? FULL : this.#pairs.rejoin(found.pair, found.end, received);
    }
    const message = 'there is no such session any more; connect again';
    if (!isPage) return { status: 410, message };
    const { theirs, ours } = openSocket();
    ours.accept();
    ours.close(CLOSE.policyViolation, message);
    return theirs;
  }

  /** Tells this host's visitors at once; not those of the next host, which may have registered before this one's Close. */
  #dismissHost(control: RelaySocket, code: number, reason: string): void {
    dismiss(control, code, reason);
    if (this.#sockets.control() === undefined) this.#room.evict();
  }
}

const FULL = { status: 503, message: 'the relay is overloaded; try again in a moment' } as const;

function tell(control: RelaySocket, message: ControlMessage): void {
  if (isOpen(control)) control.send(JSON.stringify(message));
}
