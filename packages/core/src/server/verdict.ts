/** The answers of hooks. No answer at all means no opinion: the default applies. */

export interface Accept {
  readonly verdict: 'accept';
}
export interface Reject {
  readonly verdict: 'reject';
  readonly reason: string;
}
export interface PartialSuccess {
  readonly verdict: 'partial';
  readonly methods: readonly string[];
}
export interface ChangeRequired {
  readonly verdict: 'change';
  readonly prompt: string;
}
export interface HashedPassword {
  readonly verdict: 'hashed';
  readonly text: string;
}
export interface Adjustment {
  readonly verdict: 'adjust';
  readonly type?: 'shell' | 'exec' | 'subsystem';
  /** The command, or the name of the subsystem. */
  readonly command?: string;
  /** Variables to add to those set by the client. */
  readonly env?: Readonly<Record<string, string>>;
}
export interface Reply {
  readonly verdict: 'reply';
  /** The bytes of the reply after its message number. */
  readonly fields: Uint8Array;
}

/** Every verdict; each hook accepts those that its type names. */
export type Verdict = Accept | Reject | PartialSuccess | ChangeRequired | HashedPassword | Adjustment | Reply;

/** Yes. */
export const accept: Accept = { verdict: 'accept' };

/** No. `reason` goes to the log, never to the peer. */
export function reject(reason: string): Reject {
  return { verdict: 'reject', reason };
}

/** RFC 4252 §5.1: this step succeeded, and one of `methods` is still needed. */
export function partial(methods: readonly string[]): PartialSuccess {
  return { verdict: 'partial', methods };
}

/** RFC 4252 §8: correct or not, this password must be changed first. */
export function changeRequired(prompt: string): ChangeRequired {
  return { verdict: 'change', prompt };
}

/** The password in its stored form; it is compared with the stored hash in constant time. */
export function hashed(text: string): HashedPassword {
  return { verdict: 'hashed', text };
}

/** RFC 4254 §6.5: continue with a different request from the client's. */
export function adjust(changes: Omit<Adjustment, 'verdict'>): Adjustment {
  return { verdict: 'adjust', ...changes };
}

/** RFC 4254 §4: yes, with `fields` in the reply. */
export function reply(fields: Uint8Array): Reply {
  return { verdict: 'reply', fields };
}
