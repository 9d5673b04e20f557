/** A server in a process of its own that resumes connections from snapshots; the parent carries their bytes. */
import { createServer, parsePrivateKey, type LinkReceiver } from '@nacre/core';
import { snapshotServerOptions } from './snapshot-session.js';

type FromParent =
  | { readonly type: 'resume'; readonly id: number; readonly hostKey: string; readonly snapshot: Uint8Array }
  | { readonly type: 'bytes'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: 'end'; readonly id: number };

const receivers = new Map<number, LinkReceiver>();
let server: ReturnType<typeof createServer> | undefined;

process.on('message', (message: FromParent) => {
  const { id } = message;
  if (message.type === 'bytes') return receivers.get(id)?.chunk(Uint8Array.from(message.bytes));
  if (message.type === 'end') return receivers.get(id)?.end();
  server ??= createServer(snapshotServerOptions(parsePrivateKey(message.hostKey)));
  const say = (type: string, fields: object = {}): void => void process.send?.({ type, id, ...fields });
  server
    .resume(message.snapshot, {
      open: (receiver) => {
        receivers.set(id, receiver);
        say('resumed');
      },
      write: (bytes) => {
        say('bytes', { bytes });
        return true;
      },
      pause: () => undefined,
      resume: () => undefined,
      end: () => say('end'),
      destroy: () => receivers.delete(id),
    })
    .catch((error: Error) => say('refused', { name: error.name, message: error.message }));
});
