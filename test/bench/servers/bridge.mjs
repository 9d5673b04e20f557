/** `ssh-bridge` in a process of its own: a relay with the page in which a tab serves, or TCP ports that lead to WebSockets. */
import { listen, relay } from 'ssh-bridge';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

const answers = {
  relay: async ({ pageDir }) => {
    const { sshPort, pageUrl } = await relay({ http: LOOPBACK, ssh: LOOPBACK, pageDir });
    return { port: sshPort, pageUrl };
  },
  listen: async ({ url }) => ({ port: (await listen({ url })).port }),
};

process.on('disconnect', () => process.exit());
process.on('message', async (request) => process.send(await answers[request.type](request)));
