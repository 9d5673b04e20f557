/** What the Worker, which decides who is let in, asks of the object of a name. */
import type { ControlPeer } from 'ssh-bridge/relay-v4';

export type Errand =
  /** A host registers; `sshPort` is the port for its visitors. */
  | { readonly kind: 'host'; readonly sshPort: number }
  | { readonly kind: 'visit'; readonly peer: ControlPeer }
  /** A host dials back for a visitor. */
  | { readonly kind: 'link'; readonly ticket: string }
  /** Either end reconnects; a page cannot read a status. */
  | { readonly kind: 'return'; readonly sid: string; readonly received: number; readonly isPage: boolean };

/** Security: errands hold secrets, and platforms log URLs; but they redact header fields with `secret` in their name. */
const FIELD = 'relay-secret-errand';

export interface Admitted {
  readonly name: string;
  readonly errand: Errand;
  /** Header fields of the answer, besides those of every upgrade. */
  readonly headers: Readonly<Record<string, string>>;
}

export function requestFor({ errand, headers }: Admitted): Request {
  const field = JSON.stringify({ errand, headers });
  return new Request('https://relay/', { headers: { upgrade: 'websocket', [FIELD]: field } });
}

/** Security: only the Worker that has the binding can reach an object, so what it sends is trusted. */
export function readErrand(request: Request): Omit<Admitted, 'name'> {
  return JSON.parse(request.headers.get(FIELD) ?? '') as Omit<Admitted, 'name'>;
}
