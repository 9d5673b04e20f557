/** RFC 4253 §7 and §8: KEXINIT with everything that we offer, and the messages of every exchange, for both roles. */
import { chooseAlgorithms } from '../../../packages/core/src/algorithms/choice.js';
import { keyExchanges } from '../../../packages/core/src/algorithms/client-table.js';
import * as tables from '../../../packages/core/src/algorithms/table.js';
import type { KeyExchangeAlgorithm } from '../../../packages/core/src/algorithms/algorithm.js';
import { concatenate } from '../bytes.js';
import { ClientSubject } from '../client-subject.js';
import { clientExchange, IDENTIFICATION, kexinit, record, serverExchange } from '../legal.js';
import { ServerSubject } from '../server-subject.js';
import { decodeSteps, encodeSteps, message, stepsShape, type Step } from '../steps.js';
import { plainCipher } from '../stub-crypto.js';
import type { Target } from '../target.js';

async function give(role: 'client' | 'server', steps: readonly Step[], algorithms: Algorithms): Promise<void> {
  const subject =
    role === 'server' ? new ServerSubject({ admits: false, algorithms }) : new ClientSubject({ algorithms });
  await subject.start();
  await subject.take(steps);
  await subject.finish();
}

interface Algorithms {
  readonly keyExchanges: Readonly<Record<string, KeyExchangeAlgorithm>>;
  readonly ciphers: typeof plainCipher;
}

/** Everything is offered, so that the mutator chooses what is negotiated. The first byte says whether a client is tested. */
const kexinitTarget: Target = {
  name: 'kexinit',
  shape: stepsShape(1),
  seeds: () => [
    concatenate(Uint8Array.of(0), encodeSteps(clientExchange)),
    concatenate(Uint8Array.of(1), encodeSteps(serverExchange)),
    ...[0, 1].map((role) => concatenate(Uint8Array.of(role), encodeSteps([IDENTIFICATION, message(offer())]))),
  ],
  run: (input) => {
    const role = (input[0] ?? 0) % 2 === 0 ? 'server' : 'client';
    const ciphers = { ...plainCipher, ...tables.ciphers };
    return give(role, decodeSteps(input.subarray(1)), { keyExchanges, ciphers });
  },
};

/** A KEXINIT like ours. */
function offer(): Uint8Array {
  const names = chooseAlgorithms('client', { ...tables, keyExchanges }, 'compatible').offer.keyExchanges;
  return kexinit('client', names.join(','));
}

const rows = Object.entries(keyExchanges);

/** The first byte chooses the exchange, the second the role; the KEXINITs that choose it are legal. */
const exchangeTarget: Target = {
  name: 'exchanges',
  shape: stepsShape(2),
  seeds: async () => {
    const seeds = rows.map(async ([name, row], index) => {
      const { client, server } = await record(
        { admits: false },
        { keyExchanges: { [name]: row }, ciphers: plainCipher },
      );
      return [client, server].map((steps, role) =>
        concatenate(Uint8Array.of(index, role), encodeSteps(steps.slice(2).filter(isOfExchange))),
      );
    });
    return (await Promise.all(seeds)).flat();
  },
  run: (input) => {
    const [name, row] = rows[(input[0] ?? 0) % rows.length]!;
    const role = (input[1] ?? 0) % 2 === 0 ? 'server' : 'client';
    const begin = [IDENTIFICATION, message(kexinit(role === 'server' ? 'client' : 'server', name))];
    const algorithms = { keyExchanges: { [name]: row }, ciphers: plainCipher };
    return give(role, [...begin, ...decodeSteps(input.subarray(2))], algorithms);
  },
};

function isOfExchange(step: Step): boolean {
  return 'bytes' in step && step.bytes[0]! >= 20 && step.bytes[0]! < 50;
}

export const exchangeTargets: readonly Target[] = [kexinitTarget, exchangeTarget];
