/** Middleware for sessions: `compose(logging(), activePty(), handler)`. Each has its own folder. */
export { accessControl, type AccessControlOptions } from './access-control/access-control.js';
export { activePty } from './active-pty/active-pty.js';
export { elapsed, type ElapsedOptions } from './elapsed/elapsed.js';
export { logging, type LoggingOptions } from './logging/logging.js';
export { motd } from './motd/motd.js';
export { rateLimit, type RateLimitOptions } from './rate-limit/rate-limit.js';
export { recorder, type Recording, type RecorderOptions } from './recorder/recorder.js';
export { relay, type RelayOptions } from './relay/relay.js';
