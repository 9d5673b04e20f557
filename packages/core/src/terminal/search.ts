/** Reverse incremental search through the history, as Readline's ^R. */
import type { LineEditorState } from './editor-state.js';
import { findBackward } from './history.js';
import { characterAt, lineBuffer } from './line-buffer.js';

/** Longest search text, in UTF-16 units. */
const MAXIMUM_QUERY_LENGTH = 256;

export function beginSearch(state: LineEditorState): void {
  state.search = { query: '', position: state.history.length, failed: false, saved: { ...state.line, changedFrom: 0 } };
}

/** Where a search continues: at the line shown, before it, or from the newest again. */
type SearchFrom = 'here' | 'before' | 'newest';

/** Searches for `query`; false if nothing is found, which leaves the line as it is. */
export function searchFor(state: LineEditorState, query: string, from: SearchFrom): boolean {
  const { search, history } = state;
  if (search === null || query.length > MAXIMUM_QUERY_LENGTH) return false;
  search.query = query;
  if (query === '') {
    search.failed = false;
    return true;
  }
  const before = {
    here: Math.min(search.position + 1, history.length),
    before: search.position,
    newest: history.length,
  };
  const found = findBackward(history, query, before[from]);
  search.failed = found < 0;
  if (found < 0) return false;
  search.position = found;
  const text = history[found]!;
  state.line = lineBuffer(text);
  state.line.cursor = characterAt(state.line, text.lastIndexOf(query));
  return true;
}

/** Ends the search with the line found, or, if `givenUp`, with the line from before. */
export function endSearch(state: LineEditorState, givenUp: boolean): void {
  const { search, history } = state;
  if (search === null) return;
  state.search = null;
  if (givenUp) {
    state.line = search.saved;
  } else if (search.position < history.length) {
    if (state.position === history.length) state.draft = search.saved;
    state.position = search.position;
  }
}

/** The prompt shown during a search. */
export function searchPrompt({ query, failed }: NonNullable<LineEditorState['search']>): string {
  const shown = query.replaceAll(/\p{Cc}/gu, '?');
  return `(${failed ? 'failed ' : ''}reverse-i-search)\`${shown}': `;
}
