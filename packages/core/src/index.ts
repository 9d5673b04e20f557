/** Nacre's core: SSH servers and clients over any byte stream. Rarely needed features have their own entries. */
export {
  type AlgorithmTables,
  type CipherAlgorithm,
  type CompressionAlgorithm,
  type KeyExchangeAlgorithm,
  type MacAlgorithm,
  type PacketCipher,
  type SecurityKeyAssertion,
  type SignatureAlgorithm,
  type Signer,
} from './algorithms/algorithm.js';
export type { AlgorithmList, AlgorithmOptions, ListsByDirection } from './algorithms/choice.js';
export { keyExchanges } from './algorithms/client-table.js';
export type { AlgorithmSet } from './algorithms/sets.js';
export { ciphers, compressions, macs, signatures } from './algorithms/table.js';
export { Client, connect, type ReachableOptions } from './client/client.js';
export { ClientConnection, type ExecOptions, type ExecResult, type ShellOptions } from './client/connection.js';
export * from './client/options.js';
export { type ProcessExit, type PtyOptions, RemoteProcess } from './client/process.js';
export type { SignalName, TerminalSize } from './connection/session-requests.js';
export { type Clock, systemClock } from './driver.js';
export type { KeepaliveOptions } from './engine/deadlines.js';
export { memoryLedger, type SnapshotLedger } from './engine/snapshot.js';
export * from './errors.js';
export type { CallLimits } from './forwarding/call-limits.js';
export { ChannelStream } from './forwarding/channel-stream.js';
export type { Dial, ListenOptions, OpenChannelOptions, OpenTcpOptions } from './forwarding/client-forwarding.js';
export type { ForwardedAgent, ForwardedDisplay } from './forwarding/connection-forwarding.js';
export { ForwardListener, type ListenAddress } from './forwarding/listener.js';
export type * from './forwarding/request.js';
export type { LentDisplay } from './forwarding/x11-cookie.js';
export * from './keys/index.js';
export type { ByteLink, Duplex, LinkReceiver, Peer } from './link.js';
export * from './server/compose.js';
export { createServer } from './server/create-server.js';
export type { DoorLimits } from './server/door/door.js';
export { DEFAULT_PENALTIES, type Offence, type PenaltyLimits } from './server/door/penalties.js';
export * from './server/hooks.js';
export type { IdleTimeouts } from './server/idle-watch.js';
export {
  type HostKeySource,
  type KeyPlace,
  type KeyStore,
  keyStore,
  type KeyStoreOptions,
  memoryKeyStore,
} from './server/key-store.js';
export type { LogRecord, LogSink } from './server/log/log.js';
export { formatMetrics, METRICS_CONTENT_TYPE } from './server/log/metrics.js';
export { journalLog, jsonLog, type LogLineOptions, upTo } from './server/log/sinks.js';
export { trace, type TraceLevel } from './server/log/trace.js';
export type { Account } from './server/login/account.js';
export type { PasswordVerifier } from './server/login/password-verifier.js';
export type { Policy, PolicySwitch } from './server/login/policy.js';
export { DEFAULT_SERVER_LIMITS, type LimitOptions, type ServerLimits, type ServerOptions } from './server/options.js';
export type { ServerConnection } from './server/server-connection.js';
export type { CloseOptions, Server, ServerState } from './server/server.js';
export {
  type Exit,
  type Pty,
  Session,
  type SessionHandler,
  type SessionObserver,
  type SessionObject,
  type SessionRequest,
} from './server/session/session.js';
export { smallMemoryLimits } from './server/small-memory.js';
export type { DoorCounts, ServerStats, SourceStats } from './server/stats.js';
export * from './server/verdict.js';
export type { EdgeLocation, LiveCounts, Upgrade, Visitor } from './server/visitor.js';
export type { Negotiated } from './transport/negotiation.js';
export type { RekeyLimits } from './transport/rekey.js';
export type { ProvenCredential } from './userauth/credentials.js';
export type { Ask, HostClaim, Prompt, Questions } from './userauth/decision.js';
export { hostbased, type HostbasedOptions } from './userauth/hostbased-credential.js';
export { keyboardInteractive, type Challenge, type Credential } from './userauth/keyboard-interactive-credential.js';
export { passwordWithChange } from './userauth/password-with-change.js';
export { VERSION } from './version.js';
export { fromWebSocket, type WebSocketLike, type WebSocketLinkOptions } from './web-socket-link.js';
export type { TerminalModes } from './wire/terminal-modes.js';
