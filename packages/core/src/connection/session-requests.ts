/** RFC 4254 §6, RFC 4335: the requests of session channels, one row each; the name is the key. */
import { boolean, looseText, string, text, uint32 } from '../wire/fields.js';
import { record } from '../wire/message.js';

export const sessionRequests = {
  'pty-req': record({
    term: looseText,
    columns: uint32,
    rows: uint32,
    widthPixels: uint32,
    heightPixels: uint32,
    modes: string,
  }),
  env: record({ name: looseText, value: looseText }),
  shell: record({}),
  exec: record({ command: looseText }),
  subsystem: record({ name: looseText }),
  'window-change': record({ columns: uint32, rows: uint32, widthPixels: uint32, heightPixels: uint32 }),
  signal: record({ signalName: text }),
  break: record({ breakLength: uint32 }),
  'exit-status': record({ exitStatus: uint32 }),
  'exit-signal': record({ signalName: text, coreDumped: boolean, errorMessage: looseText, languageTag: looseText }),
} as const;

/** RFC 4254 §6.2 and §6.7. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
  readonly widthPixels: number;
  readonly heightPixels: number;
}

/** RFC 4254 §6.10: names of signals, without SIG. */
export type SignalName =
  | 'ABRT'
  | 'ALRM'
  | 'FPE'
  | 'HUP'
  | 'ILL'
  | 'INT'
  | 'KILL'
  | 'PIPE'
  | 'QUIT'
  | 'SEGV'
  | 'TERM'
  | 'USR1'
  | 'USR2'
  | (string & {});
