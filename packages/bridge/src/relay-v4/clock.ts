/** Time as a parameter: schedules a callback that can be cancelled. */

/** Calls back once after `delay` ms, unless the returned function is called first. */
export type Schedule = (delay: number, callback: () => void) => () => void;

/** The clock of this process; pending callbacks keep the process alive. */
export const systemSchedule: Schedule = (delay, callback) => {
  const timer = setTimeout(callback, delay);
  return () => clearTimeout(timer);
};
