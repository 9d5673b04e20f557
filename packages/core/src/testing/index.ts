/** What tests of SSH programs need: two ends in memory, a WebSocket without a network, a clock that moves when told. */
export { FakeWebSocket } from './fake-web-socket.js';
export { ManualClock } from './manual-clock.js';
export { memoryLinks, type MemoryLinkOptions } from './memory-link.js';
export { pair, type Pair, type PairOptions } from './pair.js';
