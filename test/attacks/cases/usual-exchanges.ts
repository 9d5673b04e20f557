/** Which hostile exchange values are unit tests: `thorough` has those of exchanges that differ from these only in their numbers. */

const OTHERS = ['sntrup761x25519-sha512:', 'ecdh-sha2-nistp384:', 'ecdh-sha2-nistp521:'];

export const isOfUsualExchange = ([name]: readonly [name: string, ...unknown[]]): boolean =>
  !OTHERS.some((exchange) => name.includes(` ${exchange}`));
