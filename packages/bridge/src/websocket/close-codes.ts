/** RFC 6455 §7.4: why a WebSocket ends. */

export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Never sent: the Close frame had no code. */
  noStatus: 1005,
  /** Never sent: there was no Close frame. */
  abnormal: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  internalError: 1011,
} as const;

/** The reason in our servers' Close when they stop, whatever its code; clients recognize it. */
export const SHUTTING_DOWN = 'the bridge is shutting down';
