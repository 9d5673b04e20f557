/** RFC 4254 §6.3 and OpenSSH's PROTOCOL §2.2: what the client's machine offers to the programs of a session: its agent, its X server. */
import { ChannelOpenError, LimitError } from '../errors.js';
import { ChannelStream } from './channel-stream.js';
import type { ForwardingContext, SessionForward } from './connection-forwarding.js';
import { decide } from './decisions.js';
import { forwardChannels, sessionForwardRequests } from './messages.js';

/** X cookies have 16 bytes, and its protocol names are short. */
const MAXIMUM_COOKIE = 256;
const HEXADECIMAL = /^(?:[0-9a-f]{2})+$/i;
const PROTOCOL_NAME = /^[\w.-]{1,64}$/;

export class SessionForwards {
  readonly #context: ForwardingContext;
  #granted = 0;

  constructor(context: ForwardingContext) {
    this.#context = context;
  }

  /** True once something was granted: such sessions cannot be snapshotted. */
  get isActive(): boolean {
    return this.#granted > 0;
  }

  async request(type: string, fields: Uint8Array): Promise<SessionForward | undefined> {
    if (type === 'auth-agent-req@openssh.com') return this.#agent(type, fields);
    if (type === 'x11-req') return this.#display(type, fields);
    return undefined;
  }

  async #agent(type: 'auth-agent-req@openssh.com', fields: Uint8Array): Promise<SessionForward | undefined> {
    sessionForwardRequests[type].decode(fields);
    if ((await decide(this.#context, { type })) !== 'accept') return undefined;
    this.#granted += 1;
    const open = (): Promise<ChannelStream> => this.#open('auth-agent@openssh.com', new Uint8Array(0));
    return { agent: { open } };
  }

  async #display(type: 'x11-req', fields: Uint8Array): Promise<SessionForward | undefined> {
    const display = sessionForwardRequests[type].decode(fields);
    const { singleConnection, screenNumber, authenticationCookie: cookie } = display;
    // Security: both end up in a file that programs read.
    const isUsable = cookie.length <= MAXIMUM_COOKIE && HEXADECIMAL.test(cookie);
    if (!isUsable || !PROTOCOL_NAME.test(display.authenticationProtocol)) return undefined;
    if ((await decide(this.#context, { type, singleConnection, screenNumber })) !== 'accept') return undefined;
    this.#granted += 1;
    let isUsed = false;
    const open = async (origin = { host: '127.0.0.1', port: 0 }): Promise<ChannelStream> => {
      if (singleConnection && isUsed) throw new LimitError('the client allows a single connection to its X server');
      isUsed = true;
      return this.#open('x11', forwardChannels.x11.encode({ originHost: origin.host, originPort: origin.port }));
    };
    return { display: { ...display, open } };
  }

  #open(type: string, fields: Uint8Array): Promise<ChannelStream> {
    return new Promise((resolve, reject) => {
      const isAsked = this.#context.open(type, fields, (outcome) => {
        if ('channel' in outcome) {
          const stream = new ChannelStream(outcome.channel);
          resolve(stream);
          return stream.owner;
        }
        reject(new ChannelOpenError(outcome.code, outcome.description));
        return undefined;
      });
      if (!isAsked) reject(new LimitError('too many channels are open'));
    });
  }
}
