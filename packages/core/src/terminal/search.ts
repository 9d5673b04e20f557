/** Reverse incremental search through the history: what Readline does at ^R. */
import type { LineEditorState } from './editor-state.js';
import { findBackward } from './history.js';
import { characterAt, lineBuffer } from './line-buffer.js';

/** Longest text that is searched for, in UTF-16 units. */
const MAXIMUM_QUERY_LENGTH = 256;

export function beginSearch(state: LineEditorState): void {
  state.search = { query: '', position: state.history.length, failed: false, saved: { ...state.line, changedFrom: 0 } };
}

/** Where a search goes on: at the line that is shown, before it, or again at the newest. */
type SearchFrom = 'here' | 'before' | 'newest';

/** Searches for `query`; false where nothing is found, which leaves the line as it is. */
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

/** Ends the search with the line that was found, or, if `givenUp`, with the one from before. */
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

/** What stands before the line while a search goes on. */
export function searchPrompt({ query, failed }: NonNullable<LineEditorState['search']>): string {
  const shown = query.replaceAll(/\p{Cc}/gu, '?');
  return `(${failed ? 'failed ' : ''}reverse-i-search)\`${shown}': `;
}
