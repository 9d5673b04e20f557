/** The option `algorithms` of servers and clients: a named set, lists in OpenSSH's syntax, or custom rows. */
import { ConfigurationError } from '../errors.js';
import { requireNames } from '../option.js';
import type { AlgorithmTables } from './algorithm.js';
import { basicNames, readList } from './list.js';
import { hostKeyNames, type OfferedAlgorithms } from './offer.js';
import { algorithmSets, type AlgorithmLists, type AlgorithmSet, type NamedSet, type Side } from './sets.js';

/**
 * Names in OpenSSH's syntax (ssh_config(5)): `'aes256-ctr,aes*-gcm@openssh.com'` offers these in this order; `'+x'`
 * adds to the set, `'-x,y'` removes both, `'^x'` moves to the front; `*` and `?` are wildcards. A name that matches
 * nothing is refused.
 */
export type AlgorithmList = string;

/** Lists for what the client sends and for what the server sends; a missing one offers the set's. */
export interface ListsByDirection {
  readonly clientToServer?: AlgorithmList;
  readonly serverToClient?: AlgorithmList;
}

/** For each kind: a list, or rows, in which case these are all that is offered, in their order. */
export interface AlgorithmOptions {
  /** What lists modify; `default` if omitted. */
  readonly set?: AlgorithmSet;
  /** Further rows that lists can name, such as `legacy`. They are offered only if a list names them. */
  readonly rows?: Partial<AlgorithmTables> | readonly Partial<AlgorithmTables>[];
  readonly keyExchanges?: AlgorithmList | AlgorithmTables['keyExchanges'];
  /** For host keys and users' keys. */
  readonly signatures?: AlgorithmList | AlgorithmTables['signatures'];
  /** Those of `signatures` that host keys may use; all by default. */
  readonly hostKeys?: AlgorithmList;
  readonly ciphers?: AlgorithmList | AlgorithmTables['ciphers'] | ListsByDirection;
  readonly macs?: AlgorithmList | AlgorithmTables['macs'] | ListsByDirection;
  readonly compressions?: AlgorithmList | AlgorithmTables['compressions'] | ListsByDirection;
}

const OPTION_NAMES: Readonly<Record<keyof AlgorithmOptions, true>> = {
  set: true,
  rows: true,
  keyExchanges: true,
  signatures: true,
  hostKeys: true,
  ciphers: true,
  macs: true,
  compressions: true,
};

/** Advice in the error for a name that the usual rows lack. */
const OTHERS = '"rows" brings others, of @nacre/core/legacy, /zlib or /group-exchange';
/** The same for a name in a provider's list. */
const PROVIDERS = 'the provider names only these';

/** What may be given for each kind. */
type Choice<Rows> = AlgorithmList | ListsByDirection | Rows | undefined;
type Choices = { readonly [Kind in keyof AlgorithmTables]?: Choice<AlgorithmTables[Kind]> };

/** What is offered of one kind: rows, and their names by direction. */
interface Chosen<Rows> {
  readonly rows: Rows;
  readonly clientToServer: readonly string[];
  readonly serverToClient: readonly string[];
}

/**
 * Evaluates the option against the available rows; `runtime` is the provider's `algorithms`.
 * @throws ConfigurationError that says what to change.
 */
export function chooseAlgorithms(
  side: Side,
  usual: AlgorithmTables,
  option: AlgorithmSet | AlgorithmOptions = {},
  runtime: AlgorithmLists = {},
): OfferedAlgorithms {
  const options = typeof option === 'string' ? { set: option } : option;
  requireNames('algorithms', Object.keys(options), OPTION_NAMES);
  const { set = 'default', rows = [] } = options;
  requireNames('the sets of algorithms', [set], algorithmSets);
  const added = readRows(rows, usual);
  const choices: Choices = options;
  const choose = <Kind extends keyof AlgorithmTables>(kind: Kind): Chosen<AlgorithmTables[Kind]> => {
    const { [side]: lists, slow }: NamedSet = algorithmSets[set];
    const names = Object.keys(usual[kind]);
    const safe = basicNames(lists[kind], names);
    const fast =
      runtime[kind] === undefined ? safe : wellDone(kind, runtime[kind], names).filter((name) => safe.includes(name));
    // Security: a slow cipher costs only those who use it, a slow exchange everybody.
    const base = slow === 'offered last' && kind === 'ciphers' ? [...new Set([...fast, ...safe])] : fast;
    const available = Object.assign({}, ...[usual, ...added].map((tables) => tables[kind])) as AlgorithmTables[Kind];
    return chooseRows<AlgorithmTables[Kind]>(kind, base, available, choices[kind]);
  };
  const keyExchanges = choose('keyExchanges');
  const signatures = choose('signatures');
  const ciphers = choose('ciphers');
  const macs = choose('macs');
  const compressions = choose('compressions');
  const direction = (which: keyof ListsByDirection) => ({
    ciphers: ciphers[which],
    macs: macs[which],
    compressions: compressions[which],
  });
  const hostKeys = hostKeyNames(signatures.rows);
  return {
    tables: {
      keyExchanges: keyExchanges.rows,
      signatures: signatures.rows,
      ciphers: ciphers.rows,
      macs: macs.rows,
      compressions: compressions.rows,
    },
    offer: {
      keyExchanges: Object.keys(keyExchanges.rows),
      hostKeys:
        options.hostKeys === undefined
          ? hostKeys
          : readList(options.hostKeys, {
              what: 'hostKeys',
              base: hostKeys,
              available: hostKeys,
              others: 'these are some of "signatures"',
            }),
      clientToServer: direction('clientToServer'),
      serverToClient: direction('serverToClient'),
    },
  };
}

/** @throws ConfigurationError for anything but tables of rows. */
function readRows(
  rows: NonNullable<AlgorithmOptions['rows']>,
  kinds: AlgorithmTables,
): readonly Partial<AlgorithmTables>[] {
  const tables = [rows].flat();
  for (const table of tables) {
    if (typeof table !== 'object' || table === null)
      throw new ConfigurationError(`rows: ${String(table)} is no table of them`);
    requireNames('rows', Object.keys(table), kinds);
  }
  return tables;
}

/** Those of `names` that the runtime does well: mistakes in a provider's list are refused as an application's are. */
function wellDone(kind: string, list: AlgorithmList, names: readonly string[]): readonly string[] {
  return readList(list, { what: `the provider's ${kind}`, base: names, available: names, others: PROVIDERS });
}

function chooseRows<Rows extends Readonly<Record<string, object>>>(
  what: string,
  base: readonly string[],
  available: Rows,
  choice: Choice<Rows>,
): Chosen<Rows> {
  if (choice !== undefined && typeof choice !== 'string' && !isByDirection(what, choice)) {
    const names = Object.keys(choice ?? {});
    if (names.length === 0 || Object.values(choice).some((row) => typeof row !== 'object' || row === null)) {
      throw new ConfigurationError(`${what}: give a list such as "-name,name*", or rows by their names`);
    }
    return { rows: choice, clientToServer: names, serverToClient: names };
  }
  const read = (list: string | undefined): readonly string[] => {
    if (list !== undefined) return readList(list, { what, base, available: Object.keys(available), others: OTHERS });
    if (base.length > 0) return base;
    throw new ConfigurationError(
      `${what}: the provider does nothing of the set well; choose another set, or give a list`,
    );
  };
  const both = typeof choice === 'string' ? { clientToServer: choice, serverToClient: choice } : choice;
  const clientToServer = read(both?.clientToServer);
  const serverToClient = read(both?.serverToClient);
  const names = [...new Set([...clientToServer, ...serverToClient])];
  const rows = Object.fromEntries(names.map((name) => [name, available[name]])) as Rows;
  return { rows, clientToServer, serverToClient };
}

/** Both directions have the same key exchange and the same signatures. */
const UNDIRECTED = ['keyExchanges', 'signatures'];

function isByDirection(what: string, choice: object | null): choice is ListsByDirection {
  if (UNDIRECTED.includes(what)) return false;
  const names = Object.keys(choice ?? {});
  return names.length > 0 && names.every((name) => name === 'clientToServer' || name === 'serverToClient');
}
