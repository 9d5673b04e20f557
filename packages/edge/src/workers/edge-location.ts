/** What Cloudflare's network says of a client: the `cf` of a request, which nobody else can set. */
import type { EdgeLocation } from '@nacre/core';

/** Longer texts are left out, in characters. */
const MAXIMUM_TEXT = 256;

const KINDS: { readonly [Name in keyof EdgeLocation]-?: 'string' | 'number' } = {
  continent: 'string',
  country: 'string',
  regionCode: 'string',
  region: 'string',
  city: 'string',
  postalCode: 'string',
  latitude: 'string',
  longitude: 'string',
  timezone: 'string',
  asn: 'number',
  asOrganization: 'string',
  colo: 'string',
};

/** Undefined outside that network. */
export function readEdgeLocation(cf: unknown): EdgeLocation | undefined {
  if (typeof cf !== 'object' || cf === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(cf));
  const known = Object.entries(KINDS).flatMap(([name, kind]) => {
    const value = fields.get(name);
    const fits = typeof value === kind && !(typeof value === 'string' && value.length > MAXIMUM_TEXT);
    return fits ? [[name, value]] : [];
  });
  return Object.fromEntries(known) as EdgeLocation;
}
