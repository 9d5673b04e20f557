/** `@nacre/core/group-exchange`, RFC 4419, RFC 8270: Diffie-Hellman over the integers, in a group that the server chooses as the client requests. */
import { proceed } from '../crypto/awaitable.js';
import { toInteger } from '../crypto/integer.js';
import { equalBytes, type AnyHashName, type Awaitable } from '../crypto/provider.js';
import { KeyExchangeError } from '../errors.js';
import { mpint, uint32 } from '../wire/fields.js';
import { message } from '../wire/message.js';
import { Writer } from '../wire/writer.js';
import type { AlgorithmTables, ClientDialogue, KeyExchangeAlgorithm, ServerDialogue } from './algorithm.js';
import { finiteField, type GroupPrimitives } from './finite-field.js';
import { GROUP_SIZES, modpGroup, type Group } from './modp-groups.js';
import { isSafePrime } from './safe-prime.js';
import { clientOf, frame, requireMessage, serverOf, type Framing } from './share-exchange.js';

/** RFC 4419 §5. */
const SSH_MSG_KEX_DH_GEX_REQUEST_OLD = message(30, { n: uint32 });
const SSH_MSG_KEX_DH_GEX_REQUEST = message(34, { min: uint32, n: uint32, max: uint32 });
const SSH_MSG_KEX_DH_GEX_GROUP = message(31, { p: mpint, g: mpint });
const SSH_MSG_KEX_DH_GEX_INIT = 32;
const SSH_MSG_KEX_DH_GEX_REPLY = 33;

/** Sizes of primes in bits: minimum, preferred, maximum. */
interface GroupRequest {
  readonly min: number;
  readonly n: number;
  readonly max: number;
}

/** RFC 8270 §3 recommends 2048 bits or more; 3072 match the strength of everything else we offer (NIST SP 800-57 §5.6.1). */
const OUR_REQUEST: GroupRequest = { min: 2048, n: 3072, max: 8192 };

export function groupExchange(hash: AnyHashName): Required<KeyExchangeAlgorithm<GroupPrimitives>> {
  return {
    hash,
    secretEncoding: 'mpint',
    client: (crypto) => groupClient(hash, crypto),
    server: (crypto) => groupServer(hash, crypto),
  };
}

/** For `rows` of a server's `algorithms`; clients already have it. */
export const groupExchanges = {
  keyExchanges: { 'diffie-hellman-group-exchange-sha256': groupExchange('sha256') },
} as const satisfies Partial<AlgorithmTables>;

function groupClient(hash: AnyHashName, crypto: GroupPrimitives): ClientDialogue {
  let shares: ClientDialogue | undefined;
  return {
    start: () => SSH_MSG_KEX_DH_GEX_REQUEST.encode(OUR_REQUEST),
    receive: (payload) => {
      if (shares !== undefined) return shares.receive(payload);
      requireMessage(payload, SSH_MSG_KEX_DH_GEX_GROUP);
      const { p, g } = SSH_MSG_KEX_DH_GEX_GROUP.decode(payload);
      const group: Group = { prime: p.slice(), generator: g.slice() };
      const { min, n, max } = OUR_REQUEST;
      return proceed(requireSafe(crypto, group), () => {
        shares = clientOf(
          finiteField(hash, () => group),
          crypto,
          framing([min, n, max], group),
        );
        return proceed(shares.start(), (send) => ({ send }));
      });
    },
  };
}

function groupServer(hash: AnyHashName, crypto: GroupPrimitives): ServerDialogue {
  let shares: ServerDialogue | undefined;
  return {
    receive: (payload) => {
      if (shares !== undefined) return shares.receive(payload);
      const { request, sizes } = readRequest(payload);
      const group = chooseGroup(request);
      shares = serverOf(
        finiteField(hash, () => group),
        crypto,
        framing(sizes, group),
      );
      return { send: SSH_MSG_KEX_DH_GEX_GROUP.encode({ p: group.prime, g: group.generator }) };
    },
  };
}

/** The request, and those of its numbers that the exchange hash covers. The old message contains only the preferred size. */
function readRequest(payload: Uint8Array): { readonly request: GroupRequest; readonly sizes: readonly number[] } {
  requireMessage(payload, SSH_MSG_KEX_DH_GEX_REQUEST, SSH_MSG_KEX_DH_GEX_REQUEST_OLD);
  if (payload[0] === SSH_MSG_KEX_DH_GEX_REQUEST.number) {
    const request = SSH_MSG_KEX_DH_GEX_REQUEST.decode(payload);
    return { request, sizes: [request.min, request.n, request.max] };
  }
  const { n } = SSH_MSG_KEX_DH_GEX_REQUEST_OLD.decode(payload);
  return { request: { min: Math.min(n, OUR_REQUEST.min), n, max: OUR_REQUEST.max }, sizes: [n] };
}

/** The smallest group of at least the preferred size, or else the largest allowed. */
function chooseGroup({ min, n, max }: GroupRequest): Group {
  const allowed = GROUP_SIZES.filter((size) => size >= min && size <= max);
  const chosen = allowed.find((size) => size >= n) ?? allowed.at(-1);
  // Nobody needs more than the largest group: a client that prefers more is up to something.
  if (chosen === undefined || min > n || n > max || n > OUR_REQUEST.max) {
    throw new KeyExchangeError(`no group of ${min} to ${max} bits, preferably ${n}`);
  }
  return modpGroup(chosen);
}

/** Security: if p or (p-1)/2 is not prime, K could be easy to find for whoever chose them. */
function requireSafe(crypto: GroupPrimitives, group: Group): Awaitable<void> {
  const p = toInteger(group.prime);
  const g = toInteger(group.generator);
  const bits = p.toString(2).length;
  if (bits < OUR_REQUEST.min || bits > OUR_REQUEST.max) {
    throw new KeyExchangeError(`a group of ${bits} bits, expected ${OUR_REQUEST.min} to ${OUR_REQUEST.max}`);
  }
  if (g < 2n || g > p - 2n) throw new KeyExchangeError('a generator is out of range');
  const isKnown = GROUP_SIZES.some((size) => size === bits && equalBytes(modpGroup(size).prime, group.prime));
  return proceed(isKnown || isSafePrime(crypto, group.prime), (isSafe): void => {
    if (!isSafe) throw new KeyExchangeError('the modulus of a group is no safe prime');
  });
}

function framing(sizes: readonly number[], { prime, generator }: Group): Framing {
  const writer = new Writer(prime.length + 64);
  for (const size of sizes) writer.uint32(size);
  writer.mpint(prime);
  writer.mpint(generator);
  return frame(SSH_MSG_KEX_DH_GEX_INIT, SSH_MSG_KEX_DH_GEX_REPLY, writer.written());
}
