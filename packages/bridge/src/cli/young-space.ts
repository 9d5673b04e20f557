/** V8's young generation, in processes whose memory is mostly links rather than garbage. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps it at its initial size, 1 MiB. Otherwise V8 grows it to 16 MiB and more while many links are made, and gives that
 * back only after half a minute of little activity. Bulk data lies outside of it. Only commands may call this, since it
 * affects the whole process.
 */
export function boundYoungSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
