/** ECMA-48 and xterm's control sequences: what a stream of output may make a terminal say or do to the person in front of it. */
import { systemClock, type Clock } from '@nacre/core';
import type { IDisposable, IFunctionIdentifier, ILinkHandler, Terminal } from '@xterm/xterm';

export interface GuardOptions {
  /**
   * Whether the terminal may answer DA1 and cursor position reports, the two that programs need. A terminal that only watches
   * must not: the visitor's own terminal answers already.
   */
  readonly replies?: boolean;
  readonly clock?: Clock;
}

/** Answers a second: a flood of queries must not become a flood of input. */
const REPLIES_A_SECOND = 32;
const SECOND = 1000;

/** Queries that tell about the person's machine, or that a program could use to type for them; all stay without an answer. */
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
/** OSC 52 reads and writes the clipboard, for which there is no leave. */
const CLIPBOARD = 52;
/** OSC 4, 10, 11, 12 set colours, and report them where the value is a question mark. */
const COLOURS = [4, 10, 11, 12] as const;
const CURSOR_POSITION_REPORT = 6;

/** Takes from the terminal every answer and action that output could misuse. */
export function guardTerminal(terminal: Terminal, options: GuardOptions = {}): IDisposable {
  const { replies = true, clock = systemClock } = options;
  const { parser } = terminal;
  const mayReply = replies ? createBudget(clock) : () => false;
  const handled = (): boolean => true;
  const handlers = [
    ...SILENT_CSI.map((id) => parser.registerCsiHandler(id, handled)),
    ...SILENT_DCS.map((id) => parser.registerDcsHandler(id, handled)),
    parser.registerOscHandler(CLIPBOARD, handled),
    ...COLOURS.map((code) => parser.registerOscHandler(code, (value) => value.includes('?'))),
    // A handler that returns false lets xterm.js answer.
    parser.registerCsiHandler({ final: 'c' }, () => !mayReply()),
    parser.registerCsiHandler({ final: 'n' }, ([first]) => first !== CURSOR_POSITION_REPORT || !mayReply()),
  ];
  return {
    dispose() {
      for (const handler of handlers) handler.dispose();
    },
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

/** For `linkHandler` of a terminal (OSC 8): `open` is asked with addresses of web pages only. */
export function webLinks(open: (url: URL) => void): ILinkHandler {
  return { allowNonHttpProtocols: false, activate: (_event, text) => void openWebLink(text, open) };
}

/** Security: `javascript:`, `data:` and every other scheme that is no web page's is refused. @returns whether it was opened */
export function openWebLink(text: string, open: (url: URL) => void): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return false;
  open(url);
  return true;
}
