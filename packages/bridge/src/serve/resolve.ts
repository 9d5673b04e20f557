/** From a target to the addresses to dial: the name is resolved once, and only addresses that were checked are dialled. */
import { lookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { BridgeError, systemCode } from '../bridge-error.js';
import { EXIT } from '../exit-codes.js';
import { formatDestination, type TcpDestination } from '../net/destination.js';
import type { Networks } from '../net/networks.js';
import { specialNetworks } from '../net/special-networks.js';
import type { AllowedDestinations } from './allowed-destinations.js';

/** Resolves a name to its addresses, in the order to try them. */
export type Resolver = (host: string) => Promise<readonly string[]>;

export interface DestinationPolicy {
  readonly allowed: AllowedDestinations;
  /** Special networks that names may lead into. */
  readonly networks: Networks;
}

/** How many addresses of one name are tried. */
const MAX_ADDRESSES = 4;

export const systemResolver: Resolver = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error: Error | null, addresses: LookupAddress[]) => {
      if (error) reject(error);
      else resolve(addresses.map(({ address }) => address));
    });
  });

/** @throws BridgeError if the name does not resolve */
export async function resolveFixed({ host }: TcpDestination, resolver: Resolver): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const addresses = await resolver(host).catch((error: unknown) => {
    const code = systemCode(error) ?? 'no such host';
    throw new BridgeError(
      'name resolution',
      EXIT.unavailable,
      `${host}: ${code}`,
      'check the name of the target',
      error,
    );
  });
  return addresses.slice(0, MAX_ADDRESSES);
}

/**
 * Resolves to the addresses that the policy allows: public ones, and those that are listed themselves or by network.
 *
 * @throws BridgeError with exit code 77 if there are none
 */
export async function resolveAllowed(
  destination: TcpDestination,
  policy: DestinationPolicy,
  resolver: Resolver,
): Promise<readonly string[]> {
  if (!policy.allowed.allows(destination)) throw notAllowed(destination, 'is not in the list of targets');
  const addresses = await resolveFixed(destination, resolver);
  const checked = addresses.filter(
    (address) =>
      isIP(address) !== 0 &&
      (!specialNetworks().has(address) ||
        policy.networks.has(address) ||
        policy.allowed.listsAddress(address, destination.port)),
  );
  if (checked.length === 0) throw notAllowed(destination, 'leads into a private network');
  return checked;
}

function notAllowed(destination: TcpDestination, why: string): BridgeError {
  return new BridgeError(
    'target',
    EXIT.notAllowed,
    `${formatDestination(destination)} ${why}`,
    'ask the operator to list it',
  );
}
