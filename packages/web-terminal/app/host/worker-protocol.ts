/** The messages between the page and the Worker that hosts: structured clones over one MessagePort. */
import type { HostState } from '@nacre/web-terminal';

/** Options that a program which drives the page may set before it loads. */
export interface HostOptions {
  /** authorized_keys text for the users who log in by key. */
  readonly authorizedKeys?: string;
  /** A private key in OpenSSH's format, used instead of the browser's own. */
  readonly hostKey?: string;
  /** Rekey after so many bytes. */
  readonly rekeyBytes?: number;
  /** A list in OpenSSH's syntax, instead of the one for browsers. */
  readonly ciphers?: string;
}

/** A visitor's session, as the page shows it. Its strings come from the peer: make them displayable first. */
export interface SessionSummary {
  readonly id: number;
  readonly user: string;
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** The client's identification string. */
  readonly software: string | undefined;
  readonly request: { readonly type: 'shell' | 'exec' | 'subsystem'; readonly text: string };
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
}

export type PageMessage =
  | { readonly type: 'start'; readonly relay: string; readonly options: HostOptions }
  /** Take back the place that another tab took. */
  | { readonly type: 'register' }
  | { readonly type: 'input'; readonly session: number; readonly bytes: Uint8Array }
  /** The page has shown so many bytes. */
  | { readonly type: 'shown'; readonly session: number; readonly bytes: number }
  /** The page has drawn the session's new size. */
  | { readonly type: 'resized'; readonly session: number }
  | { readonly type: 'disconnect'; readonly session: number };

export type WorkerMessage =
  | { readonly type: 'key'; readonly fingerprint: string }
  | { readonly type: 'state'; readonly state: HostState }
  | { readonly type: 'session'; readonly session: SessionSummary }
  /** `skipped` bytes before these were left out. */
  | { readonly type: 'output'; readonly session: number; readonly bytes: Uint8Array; readonly skipped: number }
  | { readonly type: 'resize'; readonly session: number; readonly columns: number; readonly rows: number }
  | { readonly type: 'ended'; readonly session: number }
  | { readonly type: 'failed'; readonly message: string };
