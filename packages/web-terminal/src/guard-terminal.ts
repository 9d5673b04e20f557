/** ECMA-48 and xterm's control sequences: limits what output can make a terminal send, do or cost. */
import { systemClock, type Clock } from '@nacre/core';
import type { IDisposable, IFunctionIdentifier, ILinkHandler, Terminal } from '@xterm/xterm';
import { boundMarks } from './bound-marks.js';

export interface GuardOptions {
  /**
   * Whether the terminal may answer DA1 and cursor position reports, the two that programs need. A terminal that only watches
   * must not, as the visitor's own terminal already answers.
   */
  readonly replies?: boolean;
  readonly clock?: Clock;
}

/** Replies per second: a flood of queries must not become a flood of input. */
const REPLIES_A_SECOND = 32;
const SECOND = 1000;

/** Queries that reveal something about the user's machine, or that let a program type for them; none is answered. */
const SILENT_CSI: readonly IFunctionIdentifier[] = [
  { prefix: '>', final: 'c' }, // secondary device attributes
  { prefix: '=', final: 'c' }, // tertiary device attributes
  { prefix: '>', final: 'q' }, // XTVERSION
  { prefix: '?', final: 'n' }, // DEC device status
  { final: 't' }, // window manipulation: titles and sizes are reported here
  { intermediates: '$', final: 'p' }, // DECRQM
  { prefix: '?', intermediates: '$', final: 'p' },
];
const SILENT_DCS: readonly IFunctionIdentifier[] = [
  { intermediates: '$', final: 'q' }, // DECRQSS
  { intermediates: '+', final: 'q' }, // XTGETTCAP
];
/** OSC 52 reads and writes the clipboard, which is not allowed. */
const CLIPBOARD = 52;
/** OSC 4, 10, 11 and 12 set colours, and report them if the value is a question mark. */
const COLOURS = [4, 10, 11, 12] as const;
const CURSOR_POSITION_REPORT = 6;
/**
 * Sequences that xterm.js carries out as often as their parameter says, up to 2^31 times, while the page cannot respond: with the
 * size of the terminal that they are about. A larger count is no program's: the sequence is dropped.
 */
const REPEATED = { L: 'rows', M: 'rows', S: 'rows', T: 'rows', b: 'cols', I: 'cols', Z: 'cols' } as const;
/**
 * OSC 8 begins or ends a link. xterm.js keeps some 3 KB for each, in one of its markers, until its line is gone, and visits all of
 * them at every line feed. Further links become plain text, as do those with longer addresses, in UTF-16 units.
 */
const LINK = 8;
const MAXIMUM_LINKS = 1024;
const MAXIMUM_LINK = 2048;

/**
 * Disables every reply and action of the terminal that output could misuse, and what would take its page's time or memory. Its
 * characters have the widths of Unicode 11.
 */
export function guardTerminal(terminal: Terminal, options: GuardOptions = {}): IDisposable {
  const { replies = true, clock = systemClock } = options;
  const { parser } = terminal;
  const mayReply = replies ? createBudget(clock) : () => false;
  const mayLink = createLinkBudget(terminal);
  const handled = (): boolean => true;
  const handlers = [
    ...SILENT_CSI.map((id) => parser.registerCsiHandler(id, handled)),
    ...SILENT_DCS.map((id) => parser.registerDcsHandler(id, handled)),
    parser.registerOscHandler(CLIPBOARD, handled),
    ...COLOURS.map((code) => parser.registerOscHandler(code, (value) => value.includes('?'))),
    // A handler that returns false lets xterm.js answer.
    parser.registerCsiHandler({ final: 'c' }, () => !mayReply()),
    parser.registerCsiHandler({ final: 'n' }, ([first]) => first !== CURSOR_POSITION_REPORT || !mayReply()),
    ...Object.entries(REPEATED).map(([final, size]) =>
      parser.registerCsiHandler({ final }, ([count]) => Number(count) > terminal[size]),
    ),
    parser.registerOscHandler(LINK, (value) => !mayLink(value)),
    boundMarks(terminal),
  ];
  return {
    dispose() {
      for (const handler of handlers) handler.dispose();
    },
  };
}

/** Judges the value of an OSC 8. The end of a link has no address, and is never refused. */
function createLinkBudget(terminal: Terminal): (value: string) => boolean {
  let count = 0;
  return (value) => {
    if (value.endsWith(';')) return true;
    if (count >= MAXIMUM_LINKS || value.length > MAXIMUM_LINK) return false;
    count += 1;
    // It goes with its line, as xterm.js's own does.
    terminal.registerMarker().onDispose(() => {
      count -= 1;
    });
    return true;
  };
}

function createBudget(clock: Clock): () => boolean {
  let since = clock.now();
  let used = 0;
  return () => {
    if (clock.now() - since >= SECOND) {
      since = clock.now();
      used = 0;
    }
    used += 1;
    return used <= REPLIES_A_SECOND;
  };
}

/** For `linkHandler` of a terminal (OSC 8): calls `open` only with URLs of web pages. */
export function webLinks(open: (url: URL) => void): ILinkHandler {
  return { allowNonHttpProtocols: false, activate: (_event, text) => void openWebLink(text, open) };
}

/** Security: refuses `javascript:`, `data:` and every other scheme but `http:` and `https:`. @returns whether it was opened */
export function openWebLink(text: string, open: (url: URL) => void): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return false;
  open(url);
  return true;
}
