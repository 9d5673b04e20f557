/** What /proc reports about a process: the CPU time it has used and the memory it holds. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second in /proc; Linux gives every user-space program this number. */
const TICKS = 100;

/** The fields of /proc/PID/stat after the command's name, which may contain spaces; [0] is field 3 of proc(5). */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** CPU seconds of a process: all its threads, and the children it has waited for. */
export function cpuSeconds(pid) {
  return stat(pid)
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks) / TICKS, 0);
}

/** CPU seconds of the threads that a process has now, to the nanosecond: for one that keeps its threads and has no children. */
export function threadSeconds(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(nanoseconds) / 1e9;
  }, 0);
}

/** Resident memory of one process, in bytes. */
export function residentBytes(pid) {
  return memoryField(pid, 'Rss');
}

/** Memory of a process and its descendants, in bytes, with what several share divided among them. */
export function proportionalBytes(pid) {
  const children = descendants(pid).map((child) => {
    try {
      return memoryField(child, 'Pss');
    } catch {
      // It has ended since it was found, and holds nothing any more.
      return 0;
    }
  });
  return children.reduce((sum, bytes) => sum + bytes, memoryField(pid, 'Pss'));
}

function memoryField(pid, name) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)[1]) * 1024;
}

/** Pids of the children of a process, their children, and so on. */
export function descendants(pid) {
  const children = new Map();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = Number(stat(entry)[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended between the two looks.
    }
  }
  const below = (parent) => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}
