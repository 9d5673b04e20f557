/** The path from here to a URL: one link, or successive ones if the server keeps sessions. */
import { dialOffering, parseTarget, type DialOptions } from '../dial.js';
import { RefusedUpgrade } from '../dial-failure.js';
import type { LinkEnd } from '../link-end.js';
import { noLog } from '../log.js';
import { pump, type ByteStream } from '../pump.js';
import { openResumable, type ResumeOptions } from '../relay-v4/client.js';
import type { MessageLink } from '../relay-v4/ends.js';
import { reconnectUrl } from '../relay-v4/addresses.js';
import { messageLink, sessionStream } from './node-ends.js';

export interface LineOptions extends DialOptions {
  /** Whether a link that breaks may be followed by another, if the server agrees. Default: true. */
  readonly resume?: boolean | undefined;
  readonly onWait?: ResumeOptions['onWait'];
}

export interface Line {
  /** Carries a stream to its end. Never rejects. */
  carry(stream: ByteStream): Promise<LinkEnd>;
  /** Ends a line that is no longer needed. */
  drop(): void;
}

/** @throws BridgeError if the first link cannot be made */
export async function openLine(options: LineOptions): Promise<Line> {
  const { link, isResumable } = await dialOffering(options, options.resume !== false);
  const url = parseTarget(options.url);
  const { log = noLog, onWait, signal } = options;
  const resuming: ResumeOptions = {
    redial: async (sid: string, received: number): Promise<MessageLink> =>
      messageLink((await dialOffering({ ...options, url: reconnectUrl(url, sid, received) }, false)).link),
    isFinal: isFinalRefusal,
    onLost: (code) => log('warn', 'link-lost', `the link broke (close code ${code}); dialling again`, { code }),
    onResumed: () => log('info', 'link-resumed', 'the session goes on over a new link'),
    onWait,
    signal,
  };
  return {
    carry: (stream) =>
      isResumable
        ? openResumable(messageLink(link), sessionStream(stream), resuming).ended
        : pump(link, stream, options.signal),
    drop: () => link.terminate(),
  };
}

/** Statuses for a temporary condition of the server or a proxy: RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4. */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);

/** A server that refuses has forgotten the session, or no longer lets us in. */
export function isFinalRefusal(error: unknown): error is RefusedUpgrade {
  return error instanceof RefusedUpgrade && error.status < 500 && !PASSING_STATUS.has(error.status);
}
