/** The way from here to a URL: one link, or one link after another where the server keeps sessions. */
import { dialOffering, parseTarget, type DialOptions } from '../dial.js';
import { pump, type ByteStream, type LinkEnd } from '../pump.js';
import type { Link } from '../websocket/link.js';
import { carryResumable, type ResumeOptions } from './client.js';
import { reconnectUrl } from './upgrade.js';

export interface LineOptions extends DialOptions {
  /** Whether a link that breaks may be followed by another, if the server agrees. Default: true. */
  readonly resume?: boolean | undefined;
  readonly onWait?: ResumeOptions['onWait'];
}

export interface Line {
  /** Carries a stream to its end. Never rejects. */
  carry(stream: ByteStream): Promise<LinkEnd>;
  /** Nobody is there any more who would use it. */
  drop(): void;
}

/** @throws BridgeError when the first link cannot be made */
export async function openLine(options: LineOptions): Promise<Line> {
  const { link, isResumable } = await dialOffering(options, options.resume !== false);
  const url = parseTarget(options.url);
  const redial = async (sid: string, received: number): Promise<Link> =>
    (await dialOffering({ ...options, url: reconnectUrl(url, sid, received) }, false)).link;
  return {
    carry: (stream) =>
      isResumable ? carryResumable(link, stream, { ...options, redial }) : pump(link, stream, options.signal),
    drop: () => link.terminate(),
  };
}
