/** V8's room for young objects, in processes whose memory is their many links and not their garbage. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps it at the size that it begins with, 1 MiB: else V8 grows it to 16 MiB and more while many links are made, and gives that
 * back only after half a minute in which little happens. Bulk data lies outside of it. To be called by commands only: the process
 * has to be ours.
 */
export function boundYoungSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
