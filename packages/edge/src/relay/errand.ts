/** What the Worker, which lets in, asks of the object of a name. */
import type { ControlPeer } from 'ssh-bridge/relay-v4';

export type Errand =
  /** A host registers; `sshPort` is where its visitors come to. */
  | { readonly kind: 'host'; readonly sshPort: number }
  | { readonly kind: 'visit'; readonly peer: ControlPeer }
  /** A host dials back for a visitor. */
  | { readonly kind: 'link'; readonly ticket: string }
  /** Either end comes back; a page cannot read a status. */
  | { readonly kind: 'return'; readonly sid: string; readonly received: number; readonly isPage: boolean };

/** Security: errands hold secrets, and platforms log addresses; of header fields with this word in their name they log no value. */
const FIELD = 'relay-secret-errand';

export interface Admitted {
  readonly name: string;
  readonly errand: Errand;
  /** Of the answer, beside what every upgrade has. */
  readonly headers: Readonly<Record<string, string>>;
}

export function requestFor({ errand, headers }: Admitted): Request {
  const field = JSON.stringify({ errand, headers });
  return new Request('https://relay/', { headers: { upgrade: 'websocket', [FIELD]: field } });
}

/** Security: only the Worker that has the binding reaches an object, so what it says is taken as it is. */
export function readErrand(request: Request): Omit<Admitted, 'name'> {
  return JSON.parse(request.headers.get(FIELD) ?? '') as Omit<Admitted, 'name'>;
}
