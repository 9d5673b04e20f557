/** sshd(8), AUTHORIZED_KEYS FILE FORMAT: the options before a key. */
import { shown } from './public-key.js';
import { UNRESTRICTED, type PermittedEndpoint, type Restrictions } from './restrictions.js';

/** What a line says about its key. */
export interface KeyOptions {
  readonly restrictions: Restrictions;
  /** `cert-authority`: the key belongs to no user; it signs certificates. */
  readonly isAuthority: boolean;
  /** `principals=`: names of which a certificate must have one, instead of the user's. */
  readonly principals: readonly string[] | undefined;
  /** `from=`: a list of networks, addresses and patterns from which the key may be used. */
  readonly from: string | undefined;
  /** `expiry-time=`, in ms since 1970. */
  readonly expiresAt: number | undefined;
  /** `no-touch-required`: a security key may sign without a touch. */
  readonly withoutTouch: boolean;
  /** `verify-required`: it must have verified its user, by a PIN or a fingerprint. */
  readonly withVerification: boolean;
}

/** For a line that says `cert-authority` and nothing else. */
export const AUTHORITY: KeyOptions = {
  restrictions: UNRESTRICTED,
  isAuthority: true,
  principals: undefined,
  from: undefined,
  expiresAt: undefined,
  withoutTouch: false,
  withVerification: false,
};

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Draft = Omit<Writable<KeyOptions>, 'restrictions'> & { readonly restrictions: Writable<Restrictions> };

/** Entries of one kind per line. */
const MAXIMUM_ENTRIES = 64;
const LARGEST_PORT = 65_535;

/** Permissions that can be removed and restored. */
const NOTHING = { pty: false, portForwarding: false, agentForwarding: false, x11Forwarding: false, userRc: false };
type Permission = keyof typeof NOTHING;
const PERMISSIONS: readonly (readonly [string, Permission])[] = [
  ['pty', 'pty'],
  ['port-forwarding', 'portForwarding'],
  ['agent-forwarding', 'agentForwarding'],
  ['x11-forwarding', 'x11Forwarding'],
  ['user-rc', 'userRc'],
];

/** Applies one option; false if its value is invalid. */
type Take = (draft: Draft, value: string) => boolean;

function setting(set: (draft: Draft) => void): Take {
  return (draft) => {
    set(draft);
    return true;
  };
}

function permitting(permission: Permission, isPermitted: boolean): Take {
  return setting(({ restrictions }) => void (restrictions[permission] = isPermitted));
}

/** Options without a value. */
const FLAGS: ReadonlyMap<string, Take> = new Map([
  ['restrict', setting(({ restrictions }) => void Object.assign(restrictions, NOTHING))],
  ['cert-authority', setting((draft) => void (draft.isAuthority = true))],
  ['no-touch-required', setting((draft) => void (draft.withoutTouch = true))],
  ['touch-required', setting((draft) => void (draft.withoutTouch = false))],
  ['verify-required', setting((draft) => void (draft.withVerification = true))],
  ['no-verify-required', setting((draft) => void (draft.withVerification = false))],
  ...PERMISSIONS.flatMap(([name, permission]): [string, Take][] => [
    [name, permitting(permission, true)],
    [`no-${name}`, permitting(permission, false)],
  ]),
]);

/** Options with a quoted value. */
const VALUES: ReadonlyMap<string, Take> = new Map<string, Take>([
  ['command', ({ restrictions }, value) => setOnce(restrictions, 'command', value)],
  ['principals', (draft, value) => setOnce(draft, 'principals', value.split(','))],
  ['from', (draft, value) => value !== '' && setOnce(draft, 'from', value)],
  ['environment', addVariable],
  ['permitopen', ({ restrictions }, value) => addEndpoint(restrictions, 'permitOpen', value)],
  [
    'permitlisten',
    ({ restrictions }, value) => addEndpoint(restrictions, 'permitListen', value.includes(':') ? value : `*:${value}`),
  ],
  ['expiry-time', expire],
  // A device of the server for layer 3 forwarding, which nobody gets here.
  ['tunnel', (_draft, value) => /^(?:any|\d{1,9})$/.test(value)],
]);

function setOnce<T, Name extends keyof T>(values: T, name: Name, value: T[Name]): boolean {
  if (values[name] !== undefined) return false;
  values[name] = value;
  return true;
}

function addVariable({ restrictions }: Draft, value: string): boolean {
  const [, name, text = ''] = /^(\w+)=(.*)$/s.exec(value) ?? [];
  if (name === undefined || Object.keys(restrictions.environment).length >= MAXIMUM_ENTRIES) return false;
  // As in OpenSSH: the first of several wins.
  restrictions.environment = { [name]: text, ...restrictions.environment };
  return true;
}

function addEndpoint(restrictions: Draft['restrictions'], list: 'permitOpen' | 'permitListen', text: string): boolean {
  const before = restrictions[list] ?? [];
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined || before.length >= MAXIMUM_ENTRIES) return false;
  restrictions[list] = [...before, endpoint];
  return true;
}

function expire(draft: Draft, value: string): boolean {
  const time = parseExpiryTime(value);
  if (time === undefined) return false;
  draft.expiresAt = Math.min(time, draft.expiresAt ?? time);
  return true;
}

/** Applies the options of a line in order. @returns the result, or in one sentence why the line cannot be used. */
export function readKeyOptions(options: readonly string[]): KeyOptions | { readonly reason: string } {
  const draft: Draft = { ...AUTHORITY, isAuthority: false, restrictions: { ...UNRESTRICTED } };
  for (const option of options) {
    const [, name = '', quoted] = /^([^=]*)(?:=(.*))?$/s.exec(option) ?? [];
    const lower = name.toLowerCase();
    if (!FLAGS.has(lower) && !VALUES.has(lower)) return { reason: `the option ${shown(name)} is not supported` };
    const take = (quoted === undefined ? FLAGS : VALUES).get(lower);
    const value = quoted === undefined ? '' : unquote(quoted);
    if (value === undefined || take?.(draft, value) !== true)
      return { reason: `the option ${shown(name)} is malformed or contradicts another` };
  }
  // Security: as in OpenSSH: without the other option, the authority's own key would log in.
  if (draft.principals !== undefined && !draft.isAuthority)
    return { reason: 'principals= is only for a cert-authority' };
  freeze(draft.restrictions);
  return draft;
}

/** Security: a line is parsed once for many logins; an application that modified its copy would change all of them. */
function freeze(restrictions: Restrictions): void {
  const values: readonly unknown[] = Object.values(restrictions);
  for (const value of [restrictions, ...values, ...values.flat()]) Object.freeze(value);
}

/** A backslash is special only before a quote. */
export function unquote(quoted: string): string | undefined {
  return /^"(?:\\"|[^"\\]|\\(?!"))*"$/.test(quoted) ? quoted.slice(1, -1).replaceAll('\\"', '"') : undefined;
}

/** `host:port`, with IPv6 addresses in brackets. */
function parseEndpoint(text: string): PermittedEndpoint | undefined {
  const [, address, name, port] = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\*|\d{1,5})$/.exec(text) ?? [];
  const host = address ?? name;
  if (host === undefined || port === undefined) return undefined;
  if (port === '*') return { host: host.toLowerCase(), port };
  const number = Number(port);
  return number >= 1 && number <= LARGEST_PORT ? { host: host.toLowerCase(), port: number } : undefined;
}

/** `YYYYMMDD[HHMM[SS]]`, in this machine's time zone, or in UTC if followed by `Z`; in ms since 1970. */
export function parseExpiryTime(text: string): number | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/i.exec(text) ?? [];
  if (year === undefined) return undefined;
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const local = new Date(...parts);
  const time = zone === '' ? local.getTime() : Date.UTC(...parts);
  // February 31 would become another day.
  const isDay = new Date(Date.UTC(parts[0], parts[1], parts[2])).getUTCMonth() === parts[1] && parts[2] > 0;
  return isDay && parts[3] < 24 && parts[4] < 60 && parts[5] < 60 ? time : undefined;
}
