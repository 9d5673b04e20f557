/** One round trip over a live connection, for either role: OpenSSH's PROTOCOL §1.8, or a request that any server answers. */
import { SSH2_MSG_PING } from '../transport/messages.js';
import type { Engine } from './engine.js';

/** Settles with the peer's answer. @throws LimitError if many are in progress, or what ends the connection. */
export async function roundTrip(engine: Engine): Promise<void> {
  engine.assertLive();
  const { transport, multiplexer } = engine;
  return transport.pings.ping((data) => {
    engine.guard(() => {
      if (transport.extensions.answersPings) transport.send(SSH2_MSG_PING, { data });
      else multiplexer.ask(() => transport.pings.pong(data));
    });
    engine.pump();
  });
}
