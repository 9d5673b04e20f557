/** Both ends of what a relay carries, in a process of its own: ssh clients that speak no ssh, and the tab that takes their links. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { openLine } from '../../../packages/bridge/dist/resume/line.js';
import { source, stream, write } from './link-streams.mjs';

const HOST = '127.0.0.1';
const held = [];
let relay;

/** As docs/relay-protocol.md has it. */
async function register({ httpPort, sshPort }) {
  const asked = await fetch(`http://${HOST}:${httpPort}/relay.json`, { headers: { 'sec-fetch-site': 'same-origin' } });
  const { token } = await asked.json();
  const control = new WebSocket(`ws://${HOST}:${httpPort}/host`, ['nacre.host.v1'], {
    headers: { authorization: `Bearer ${token}` },
  });
  await once(control, 'message');
  relay = { control, token, httpPort, sshPort };
}

/** An ssh client, and the tab's link to it. */
async function open(isResumable) {
  const { control, token, httpPort, sshPort } = relay;
  const announced = once(control, 'message');
  const client = connect({ port: sshPort, host: HOST, noDelay: true });
  client.on('error', () => undefined);
  const { ticket } = JSON.parse(String((await announced)[0]));
  const protocols = [...(isResumable ? [] : ['nacre.link.v1']), `nacre.ticket.${ticket}`];
  const url = `ws://${HOST}:${httpPort}${isResumable ? '/v4/connect' : '/link'}`;
  return { client, line: await openLine({ url, token, protocols, resume: isResumable }) };
}

const answers = {
  register,
  async transfer({ direction, bytes, isResumable }) {
    const { client, line } = await open(isResumable);
    client.resume();
    const carried = line.carry(stream(source(direction === 'down' ? bytes : undefined)));
    if (direction === 'up') await write(client, bytes);
    const { how } = await carried;
    client.destroy();
    if (how !== 'clean') throw new Error(`a link ended ${how}`);
  },
  async hold({ count }) {
    for (let index = 0; index < count; index += 1) {
      const { client, line } = await open(true);
      held.push(client, line.carry(stream(source(undefined))));
    }
  },
};

process.on('disconnect', () => process.exit());
process.on('message', async (request) => process.send((await answers[request.type](request)) ?? {}));
