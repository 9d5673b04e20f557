/** What a line discipline knows between two chunks. */
import { initialOutputState, type OutputState } from './output.js';

/** Plain data, structured-clonable. */
export interface LineDisciplineState {
  /** Bytes of the line that is being typed. */
  line: number[];
  /** Columns that each tab in the line took. */
  tabs: number[];
  /** A character whose last bytes have not come yet, and which is not yet shown. */
  unfinished: number[];
  /** The next byte has no special meaning: VLNEXT came before it. */
  literal: boolean;
  /** The line is at its bound, and the bell has been rung. */
  full: boolean;
  /** Output is stopped. */
  stopped: boolean;
  output: OutputState;
}

export function initialLineDisciplineState(): LineDisciplineState {
  return {
    line: [],
    tabs: [],
    unfinished: [],
    literal: false,
    full: false,
    stopped: false,
    output: initialOutputState(),
  };
}
