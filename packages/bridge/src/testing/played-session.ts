/** Test support: a session of SSH Relay v4 between a stream and a link that the test plays. */
import type { LinkReceiver, MessageLink, SessionStream, StreamReceiver } from '../relay-v4/ends.js';
import { ResumableSession, type Attachment, type SessionOptions } from '../relay-v4/session.js';

export interface PlayedLink extends MessageLink {
  bufferedAmount: number;
  /** What the session has sent. */
  readonly sent: Uint8Array[];
  /** How the session ended it. */
  readonly ends: string[];
}

export interface PlayedSession {
  readonly session: ResumableSession;
  readonly link: PlayedLink;
  /** The application's end of the stream. */
  readonly stream: StreamReceiver;
  /** The far end of the link. */
  readonly peer: LinkReceiver;
}

export function playSession(
  linkState: Pick<MessageLink, 'sendCopies'> & { readonly bufferedAmount?: number },
  attachment: Attachment,
  options: Pick<SessionOptions, 'schedule'> & Partial<SessionOptions>,
): PlayedSession {
  const ends: { stream?: StreamReceiver; peer?: LinkReceiver } = {};
  const nothing = (): void => undefined;
  const link: PlayedLink = {
    isOpen: true,
    bufferedAmount: 0,
    ...linkState,
    sent: [],
    ends: [],
    listen: (receiver) => void (ends.peer = receiver),
    send: (commands) => void link.sent.push(...commands),
    close: (code) => void link.ends.push(`close ${code}`),
    terminate: () => void link.ends.push('terminate'),
    pause: nothing,
    resume: nothing,
  };
  const stream: SessionStream = {
    listen: (receiver) => void (ends.stream = receiver),
    deliver: () => true,
    pause: nothing,
    resume: nothing,
    finish: () => Promise.resolve(),
    abort: nothing,
  };
  const session = new ResumableSession(stream, { onLost: nothing, ...options });
  session.attach(link, attachment);
  if (ends.stream === undefined || ends.peer === undefined) throw new Error('nobody listens');
  return { session, link, stream: ends.stream, peer: ends.peer };
}
