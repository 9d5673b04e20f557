/** RFC 6890: networks outside the public Internet, which a bridge does not connect to unless they are listed. */
import { parseNetworks, type Networks } from './networks.js';

/** From IANA's special-purpose address registries, plus multicast. */
const SPECIAL = [
  '0.0.0.0/8', // this network (RFC 791)
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // carriers' shared space (RFC 6598)
  '127.0.0.0/8', // loopback (RFC 1122)
  '169.254.0.0/16', // link local, where cloud metadata services hand out credentials (RFC 3927)
  '172.16.0.0/12', // private (RFC 1918)
  '192.0.0.0/24', // protocol assignments (RFC 6890)
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.88.99.0/24', // 6to4 relays, withdrawn (RFC 7526)
  '192.168.0.0/16', // private (RFC 1918)
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '198.51.100.0/24', // documentation (RFC 5737)
  '203.0.113.0/24', // documentation (RFC 5737)
  '224.0.0.0/4', // multicast (RFC 5771)
  '240.0.0.0/4', // reserved, and broadcast (RFC 1112, RFC 919)
  '::/127', // unspecified and loopback (RFC 4291)
  '64:ff9b::/96', // IPv4 behind a translator, any address (RFC 6052)
  '64:ff9b:1::/48', // the same for local use (RFC 8215)
  '100::/64', // discard (RFC 6666)
  '2001::/23', // protocol assignments, including Teredo (RFC 2928)
  '2001:db8::/32', // documentation (RFC 3849)
  '2002::/16', // 6to4, with any IPv4 address inside (RFC 3056)
  '3fff::/20', // documentation (RFC 9637)
  '5f00::/16', // segment routing (RFC 9602)
  'fc00::/7', // unique local (RFC 4193)
  'fe80::/10', // link local (RFC 4291)
  'fec0::/10', // site local, deprecated (RFC 3879)
  'ff00::/8', // multicast (RFC 4291)
] as const;

let parsed: Networks | undefined;

/** Parsed on first use: verbs that only dial start without it. */
export function specialNetworks(): Networks {
  parsed ??= parseNetworks(SPECIAL);
  return parsed;
}
