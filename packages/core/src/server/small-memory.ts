/** Limits for machines with little memory: small packets, few connections, and a byte budget for each. */
import { ConfigurationError } from '../errors.js';
import type { LimitOptions } from './options.js';

const DEFAULT_BUDGET = 128 * 1024;
/** RFC 4253 §6.1: a packet of 35,000 bytes must be accepted, and half of the budget is for what waits. */
export const LEAST_BUDGET = 80 * 1024;
/** The most data in one message, and the most in transit on one channel, in bytes. */
const PACKET = 1024;
const WINDOW = 8 * 1024;

/**
 * For the server option `limits`. `budget` is the most that the library keeps for a connection, in bytes; what a
 * handler writes without awaiting comes on top. @throws ConfigurationError if that is too little for SSH.
 */
export function smallMemoryLimits(budget: number = DEFAULT_BUDGET): LimitOptions {
  if (!(budget >= LEAST_BUDGET))
    throw new ConfigurationError(`a connection needs at least ${LEAST_BUDGET} bytes, not ${budget}`);
  const channels = Math.floor(budget / 4 / WINDOW);
  return {
    connection: { channels, window: WINDOW, packet: PACKET, budget },
    sessions: Math.min(2, channels),
    unauthenticated: 8,
    unauthenticatedFromSource: 4,
    penalties: { sources: 256 },
  };
}
