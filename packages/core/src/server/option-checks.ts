/** Refuses server options of the wrong name or kind at construction, in one sentence that says what to change. */
import { checkKeepalive } from '../engine/deadlines.js';
import { ConfigurationError } from '../errors.js';
import { requireNames, wholeNumber } from '../option.js';
import { formatIdentification } from '../transport/identification.js';
import { rekeyLimits } from '../transport/rekey.js';
import { checkHooks } from './hooks.js';
import { readPolicy } from './login/policy.js';
import { DEFAULT_SERVER_LIMITS, type ServerOptions } from './options.js';
import { LEAST_BUDGET } from './small-memory.js';

/** The kinds of value that each option takes. */
const OPTIONS: { readonly [Name in keyof ServerOptions]-?: string } = {
  hostKeys: 'array object function',
  hooks: 'object',
  logger: 'function array',
  session: 'function object',
  policy: 'object',
  passwords: 'object',
  certificates: 'object',
  revokedKeys: 'object',
  banner: 'string',
  motd: 'string function',
  forwarding: 'function',
  crypto: 'object function',
  algorithms: 'string object',
  requiredRsaSize: 'number',
  allowPrefixTruncation: 'boolean',
  limits: 'object',
  timeouts: 'object',
  rekey: 'object',
  keepalive: 'object',
  software: 'string',
  ledger: 'object',
  clock: 'object',
};

/** The methods required of options that are library objects or look like them; for `session` either one will do. */
const METHODS: { readonly [Name in keyof ServerOptions]?: string } = {
  hostKeys: 'load',
  session: 'open data',
  passwords: 'verify',
  certificates: 'read authorize',
  revokedKeys: 'isRevoked',
  crypto: 'random hash hmac',
  ledger: 'claim',
  clock: 'now schedule',
};

/** Limits without a default. */
const OPTIONAL_LIMITS: Readonly<Record<string, object>> = {
  limits: { earlyDrop: { from: 0, rate: 0 } },
  'limits.connection': { budget: 0 },
  'limits.penalties': { exempt: () => false },
};
const TIMEOUTS: { readonly [Name in keyof NonNullable<ServerOptions['timeouts']>]-?: number } = {
  idle: 0,
  unused: 0,
  hook: 0,
};

/** Ranges of the limits that differ from 1 to 2^31 - 1, the most that every timer can count. */
const MOST = 2 ** 31 - 1;
const FROM_NOTHING = [0, MOST] as const;
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  acceptDelay: FROM_NOTHING,
  retryDelay: FROM_NOTHING,
  sessions: FROM_NOTHING,
  maxKeys: FROM_NOTHING,
  keyQueries: FROM_NOTHING,
  authenticationFailed: FROM_NOTHING,
  noAuthentication: FROM_NOTHING,
  graceExceeded: FROM_NOTHING,
  protocolFault: FROM_NOTHING,
  crash: FROM_NOTHING,
  from: FROM_NOTHING,
  // Larger ones would not fit into a packet, which has at most 256 KiB.
  packet: [1, 255 * 1024],
  budget: [LEAST_BUDGET, MOST],
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function checkNumber(path: string, name: string, value: unknown): void {
  if (name === 'rate') {
    if (typeof value === 'number' && value >= 0 && value <= 1) return;
    throw new ConfigurationError(`${path} must be a number from 0 to 1, not ${String(value)}`);
  }
  wholeNumber(path, value, ...(RANGES[name] ?? ([1, MOST] as const)));
}

function checkLimits(path: string, given: object, defaults: object): void {
  const known: Readonly<Record<string, unknown>> = { ...defaults, ...OPTIONAL_LIMITS[path] };
  requireNames(path, Object.keys(given), known);
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    const usual = known[name];
    const here = `${path}.${name}`;
    if (value === undefined || (value === false && name === 'penalties')) continue;
    if (typeof usual === 'number') checkNumber(here, name, value);
    else if (kindOf(value) !== typeof usual)
      throw new ConfigurationError(`${here} must be ${typeof usual}, not ${kindOf(value)}`);
    else if (typeof usual === 'object') checkLimits(here, value as object, usual!);
  }
}

function checkMethods(option: keyof ServerOptions, value: object): void {
  const methods = METHODS[option]?.split(' ') ?? [];
  const missing = methods.filter((name) => typeof (value as Readonly<Record<string, unknown>>)[name] !== 'function');
  if (missing.length === 0 || (option === 'session' && missing.length < methods.length)) return;
  throw new ConfigurationError(`the option "${option}" must have the method "${missing.join('" or "')}"`);
}

function checkKinds(options: ServerOptions): void {
  requireNames('the options of a server', Object.keys(options), OPTIONS);
  for (const [name, value] of Object.entries(options) as [keyof ServerOptions, unknown][]) {
    if (value === undefined) continue;
    const kinds = OPTIONS[name].split(' ');
    const kind = kindOf(value);
    if (!kinds.includes(kind))
      throw new ConfigurationError(`the option "${name}" must be ${kinds.join(' or ')}, not ${kind}`);
    if (kind === 'object') checkMethods(name, value as object);
  }
  for (const sink of [options.logger ?? []].flat())
    if (typeof sink !== 'function') throw new ConfigurationError(`a logger must be a function, not ${kindOf(sink)}`);
}

/** A client reads this much of a banner, in bytes; ours does, and some read less. */
const MAXIMUM_BANNER = 8192;

function checkBanner(banner: string): void {
  const { length } = new TextEncoder().encode(banner);
  if (length > MAXIMUM_BANNER)
    throw new ConfigurationError(`the option "banner" may have ${MAXIMUM_BANNER} bytes of UTF-8, not ${length}`);
}

/** Options that have no effect unless another one is set. */
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
  requireNames('keepalive', Object.keys(options.keepalive ?? {}), { interval: 0, countMax: 0 });
  checkKeepalive(options.keepalive);
  checkLimits('timeouts', options.timeouts ?? {}, TIMEOUTS);
  checkBanner(options.banner ?? '');
  if (options.software !== undefined) formatIdentification(options.software);
}
