/** `ssh-bridge` as functions, for programs that start it in-process. */
export { parseListenAddress, type ListenAddress } from './address.js';
export { BridgeError, type Step } from './bridge-error.js';
export type { DialOptions } from './dial.js';
export { EXIT, type ExitCode } from './exit-codes.js';
export { listen, type Listener, type ListenOptions } from './listen.js';
export { createLog, type Log, type LogEvent, type LogFields, type LogFormat, type LogLevel } from './log.js';
export { proxy, type ProxyOptions } from './proxy.js';
export type { RelayLimits } from './relay/limits.js';
export { relay, type Relay, type RelayOptions } from './relay/relay.js';
export { parseDestination, type Destination } from './net/destination.js';
export type { LinkTotals } from './serve/link-counter.js';
export { serve, type ServeLimits, type ServeOptions, type Serving } from './serve/serve.js';
export type { ServeLists } from './serve/setting.js';
