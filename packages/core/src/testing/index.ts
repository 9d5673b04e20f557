/** What tests of SSH programs need: two ends in memory, a test server with a timeline, a WebSocket without a network, a manual clock. */
export { commands, type Command } from './commands.js';
export { FakeWebSocket } from './fake-web-socket.js';
export { ManualClock } from './manual-clock.js';
export { FarEnd, MemorySockets } from './memory-sockets.js';
export { memoryLinks, type MemoryLinkOptions } from './memory-link.js';
export { none } from './none.js';
export { pair, type Pair, type PairOptions } from './pair.js';
export {
  createTestServer,
  TestServer,
  type TestListener,
  type TestPrompt,
  type TestServerOptions,
} from './test-server.js';
export { formatTimeline, type TimelineEntry } from './timeline.js';
export { withServer, type WithServerOptions } from './with-server.js';
