/** Server options of the wrong name or kind: refused when the server is made, in one sentence that says what to change. */
import { checkKeepalive } from '../engine/deadlines.js';
import { ConfigurationError, IdentificationError } from '../errors.js';
import { checkHooks } from './hooks.js';
import { checkTimeouts } from './idle-watch.js';
import { readPolicy } from './login/policy.js';
import { DEFAULT_SERVER_LIMITS, type ServerOptions } from './options.js';
import { formatIdentification } from '../transport/identification.js';
import { rekeyLimits } from '../transport/rekey.js';

/** What each option may be. */
const OPTIONS: { readonly [Name in keyof ServerOptions]-?: readonly string[] } = {
  hostKeys: ['array', 'object', 'function'],
  hooks: ['object'],
  logger: ['function', 'array'],
  session: ['function', 'object'],
  policy: ['object'],
  passwords: ['object'],
  certificates: ['object'],
  revokedKeys: ['object'],
  motd: ['string', 'function'],
  forwarding: ['function'],
  crypto: ['object', 'function'],
  algorithms: ['string', 'object'],
  requiredRsaSize: ['number'],
  allowPrefixTruncation: ['boolean'],
  limits: ['object'],
  timeouts: ['object'],
  rekey: ['object'],
  keepalive: ['object'],
  software: ['string'],
  ledger: ['object'],
  clock: ['object'],
};

/** What those options must be able to do that are objects of the library's, or of its shape. */
const METHODS: { readonly [Name in keyof ServerOptions]?: readonly string[] } = {
  passwords: ['verify'],
  certificates: ['read', 'authorize'],
  revokedKeys: ['isRevoked'],
  ledger: ['claim'],
  clock: ['now', 'schedule'],
};

/** Limits that have no number where they are not given. */
const OPTIONAL_LIMITS: Readonly<Record<string, string>> = { earlyDrop: 'object', budget: 'number', exempt: 'function' };

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function checkLimits(path: string, given: object, defaults: object): void {
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    const known: unknown = (defaults as Readonly<Record<string, unknown>>)[name];
    const kind = known === undefined ? OPTIONAL_LIMITS[name] : typeof known;
    if (kind === undefined)
      throw new ConfigurationError(`there is no "${name}" in ${path}; there are ${Object.keys(defaults).join(', ')}`);
    if (value === undefined || (value === false && name === 'penalties')) continue;
    if (kind === 'number' && !(typeof value === 'number' && value >= 0))
      throw new ConfigurationError(`${path}.${name} must be a number, 0 or more, not ${String(value)}`);
    if (kindOf(value) !== kind) throw new ConfigurationError(`${path}.${name} must be ${kind}, not ${kindOf(value)}`);
    if (typeof known === 'object') checkLimits(`${path}.${name}`, value as object, known!);
  }
}

function checkKinds(options: ServerOptions): void {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(OPTIONS, name))
      throw new ConfigurationError(`there is no server option "${name}"; there are ${Object.keys(OPTIONS).join(', ')}`);
    if (value === undefined) continue;
    const option = name as keyof ServerOptions;
    const kinds = OPTIONS[option];
    const kind = kindOf(value);
    if (!kinds.includes(kind))
      throw new ConfigurationError(`the option "${name}" must be ${kinds.join(' or ')}, not ${kind}`);
    for (const method of METHODS[option] ?? [])
      if (typeof (value as Readonly<Record<string, unknown>>)[method] !== 'function')
        throw new ConfigurationError(`the option "${name}" must have the method "${method}"`);
  }
  for (const sink of [options.logger ?? []].flat())
    if (typeof sink !== 'function') throw new ConfigurationError(`a logger must be a function, not ${kindOf(sink)}`);
}

/** What nothing can come of unless another option is there too. */
function checkTogether({ hooks = {}, forwarding, passwords }: ServerOptions): void {
  if (hooks.forward !== undefined && forwarding === undefined)
    throw new ConfigurationError(
      'the hook "forward" needs the option `forwarding`: forwarding() of your adapter, or of @nacre/core/forwarding',
    );
  if (hooks.passwordHash !== undefined && hooks.password === undefined && passwords === undefined)
    throw new ConfigurationError(
      'nothing compares what the hook "passwordHash" gives: give `passwords` of @nacre/core/passwords, or a hook "password"',
    );
}

function checkSoftware(software: string): void {
  try {
    formatIdentification(software);
  } catch (cause) {
    if (!(cause instanceof IdentificationError)) throw cause;
    throw new ConfigurationError('software must be printable ASCII, without spaces first, in 245 bytes at most', {
      cause,
    });
  }
}

/** @throws ConfigurationError for an option that does not exist or is of the wrong kind. */
export function checkServerOptions(options: ServerOptions): void {
  if (kindOf(options) !== 'object')
    throw new ConfigurationError(`createServer takes an object of options, not ${kindOf(options)}`);
  checkKinds(options);
  checkHooks(options.hooks ?? {});
  checkTogether(options);
  readPolicy(options.policy);
  checkLimits('limits', options.limits ?? {}, DEFAULT_SERVER_LIMITS);
  rekeyLimits(options.rekey);
  checkKeepalive(options.keepalive);
  checkTimeouts(options.timeouts ?? {});
  if (options.software !== undefined) checkSoftware(options.software);
}
