/** `@nacre/core/terminal`: terminals for shells that have no OS pty. */
export {
  defaultTerminalModes,
  formatTerminalModes,
  parseTerminalModes,
  terminalModes,
  type TerminalModeKind,
  type TerminalModeName,
  type TerminalModes,
} from '../wire/terminal-modes.js';
export type { CommandInput } from './command-input.js';
export type { Completion, CompletionRequest } from './completion.js';
export { initialLineEditorState, type LineEditorState } from './editor-state.js';
export { MAXIMUM_HISTORY_LENGTH, remember } from './history.js';
export { initialLineDisciplineState, type LineDisciplineState } from './line-discipline-state.js';
export { LineDiscipline, type LineDisciplineEffect, type TerminalSignal } from './line-discipline.js';
export { LineEditor, type EditedInput, type LineEditorEffect, type PromptOptions } from './line-editor.js';
export { terminal, type ReadLineOptions, type ReadLineResult, type Terminal, type TerminalStream } from './terminal.js';
export { initialTtyState, Tty, type TtyEffect, type TtyOptions, type TtyState } from './tty.js';
export { textWidth } from './width.js';
