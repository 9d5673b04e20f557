/** The open links, and how many there have been: for limits, graceful shutdown and metrics. */
import type { Socket } from 'node:net';
import type { LinkEnd } from '../link-end.js';

export type Refusal = 'admission' | 'policy' | 'target' | 'full';

export interface LinkTotals {
  readonly open: number;
  readonly opened: number;
  readonly ended: Readonly<Record<LinkEnd['how'], number>>;
  readonly refused: Readonly<Record<Refusal, number>>;
  /** Bytes from targets and to them, including those of open links. */
  readonly bytesFromTargets: number;
  readonly bytesToTargets: number;
}

/** All that the counter needs of a link. */
export interface Closable {
  close(code: number, reason: string): void;
}

export interface LinkCounter {
  /** Returns the function to call when the link has ended. */
  add(link: Closable, socket: Socket): (how: LinkEnd['how']) => void;
  refuse(why: Refusal): void;
  /** How many are open. */
  count(): number;
  totals(): LinkTotals;
  open(): readonly Closable[];
  /** Resolves when none is open. */
  idle(): Promise<void>;
}

export function createLinkCounter(): LinkCounter {
  const live = new Map<Closable, Socket>();
  const ended = { clean: 0, failed: 0, broken: 0 };
  const refused = { admission: 0, policy: 0, target: 0, full: 0 };
  const past = { opened: 0, from: 0, to: 0 };
  let wake: (() => void)[] = [];
  const sum = (read: (socket: Socket) => number): number =>
    [...live.values()].reduce((total, socket) => total + read(socket), 0);
  return {
    add(link, socket) {
      live.set(link, socket);
      past.opened++;
      return (how) => {
        live.delete(link);
        ended[how]++;
        past.from += socket.bytesRead;
        past.to += socket.bytesWritten;
        if (live.size > 0) return;
        for (const resolve of wake) resolve();
        wake = [];
      };
    },
    refuse: (why) => void refused[why]++,
    count: () => live.size,
    totals: () => ({
      open: live.size,
      opened: past.opened,
      ended: { ...ended },
      refused: { ...refused },
      bytesFromTargets: past.from + sum((socket) => socket.bytesRead),
      bytesToTargets: past.to + sum((socket) => socket.bytesWritten),
    }),
    open: () => [...live.keys()],
    idle: () => (live.size === 0 ? Promise.resolve() : new Promise((resolve) => wake.push(resolve))),
  };
}
