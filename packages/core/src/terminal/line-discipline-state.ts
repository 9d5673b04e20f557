/** The state of a line discipline between two chunks. */
import { initialOutputState, type OutputState } from './output.js';

/** Plain data, structured-clonable. */
export interface LineDisciplineState {
  /** Bytes of the line being typed. */
  line: number[];
  /** Columns taken by each tab in the line. */
  tabs: number[];
  /** An incomplete character, which is not shown yet. */
  unfinished: number[];
  /** The next byte has no special meaning: VLNEXT came before it. */
  literal: boolean;
  /** The line is at its limit, and the bell has been rung. */
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
