/** `connection`: what the two sides agreed on, and how the user logged in. */
import { writeText, type OwnCommand } from './command.js';

export const connection: OwnCommand = {
  operands: '',
  summary: 'show algorithms, key and method of this connection',
  async run(_operands, streams, { user, connection: live }) {
    const { negotiated, peer } = live;
    const packets = (direction: 'clientToServer' | 'serverToClient'): string | undefined => {
      const chosen = negotiated?.[direction];
      return chosen && [chosen.cipher, chosen.mac].filter((name) => name !== undefined).join(' ');
    };
    const rows: readonly (readonly [string, string | undefined])[] = [
      ['user', user],
      ['method', live.method],
      ['key', live.keyFingerprint],
      ['client', live.identification],
      ['address', peer.remoteAddress],
      ['key exchange', negotiated?.keyExchange],
      ['host key', negotiated?.hostKey],
      ['client to server', packets('clientToServer')],
      ['server to client', packets('serverToClient')],
    ];
    const known = rows.filter(([, value]) => value !== undefined);
    await writeText(streams, known.map(([name, value]) => `${name}: ${value}\n`).join(''));
    return 0;
  },
};
