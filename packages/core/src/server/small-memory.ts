/** Limits for machines with little memory: small packets, few connections, and a byte budget for each. */
import { DEFAULT_CONNECTION_LIMITS } from '../connection/limits.js';
import { ConfigurationError } from '../errors.js';
import { DEFAULT_PENALTIES } from './door/penalties.js';
import type { ServerLimits } from './options.js';

const DEFAULT_BUDGET = 128 * 1024;
/** RFC 4253 §6.1: a packet of 35,000 bytes must be accepted, and half of the budget is for what waits. */
export const LEAST_BUDGET = 80 * 1024;
/** The most data in one message, and the most in transit on one channel, in bytes. */
const PACKET = 1024;
const WINDOW = 8 * 1024;

type SmallLimits = Pick<
  ServerLimits,
  'connection' | 'sessions' | 'unauthenticated' | 'unauthenticatedFromSource' | 'penalties'
>;

/**
 * For the server option `limits`. `budget` is the most that the library keeps for a connection, in bytes; what a
 * handler writes without awaiting comes on top. @throws ConfigurationError if that is too little for SSH.
 */
export function smallMemoryLimits(budget: number = DEFAULT_BUDGET): SmallLimits {
  if (!(budget >= LEAST_BUDGET))
    throw new ConfigurationError(`a connection needs at least ${LEAST_BUDGET} bytes, not ${budget}`);
  const channels = Math.floor(budget / 4 / WINDOW);
  return {
    connection: { ...DEFAULT_CONNECTION_LIMITS, channels, window: WINDOW, packet: PACKET, budget },
    sessions: Math.min(2, channels),
    unauthenticated: 8,
    unauthenticatedFromSource: 4,
    penalties: { ...DEFAULT_PENALTIES, sources: 256 },
  };
}
