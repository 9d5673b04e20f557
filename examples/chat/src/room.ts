/** A chat room: everybody who logs in hears everybody else. */
import type { SessionHandler } from '@nacre/core';
import { terminal, type Terminal } from '@nacre/core/terminal';

interface Guest {
  readonly terminal: Terminal;
  /** How many lines are on their way to the guest. */
  waiting: number;
}

/** A guest that is behind by so many lines misses the next: a slow network must neither fill our memory nor hold up others. */
const MAXIMUM_WAITING = 100;
const MAXIMUM_NAME = 20;

/** Each call makes a room of its own. */
export function chatRoom(): SessionHandler {
  const guests = new Map<string, Guest>();

  function say(text: string, from?: Guest): void {
    for (const guest of guests.values()) {
      if (guest === from || guest.waiting >= MAXIMUM_WAITING) continue;
      guest.waiting += 1;
      const written = (): void => void (guest.waiting -= 1);
      guest.terminal.write(`${text}\n`).then(written, written);
    }
  }

  function freeName(user: string): string {
    const name = printable(user).slice(0, MAXIMUM_NAME) || 'somebody';
    let free = name;
    for (let number = 2; guests.has(free); number += 1) free = `${name}${number}`;
    return free;
  }

  return async (session) => {
    const guest = { terminal: terminal(session, session.pty), waiting: 0 };
    const name = freeName(session.user);
    const names = [...guests.keys(), 'you'].join(', ');
    // Before anything is awaited: another guest of this name may log in at the same time.
    guests.set(name, guest);
    say(`* ${name} comes in`, guest);
    const history: string[] = [];
    try {
      await guest.terminal.write(`In the room: ${names}. ^D leaves.\n`);
      for (;;) {
        const entered = await guest.terminal.readLine({ prompt: `${name}: `, history });
        if (entered.kind === 'end') return 0;
        const line = entered.kind === 'line' ? printable(entered.line).trim() : '';
        if (line !== '') say(`${name}: ${line}`, guest);
      }
    } finally {
      guests.delete(name);
      say(`* ${name} leaves`);
    }
  };
}

/** Security: what others write reaches terminals, so it must not move cursors, change titles or reverse text. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '');
