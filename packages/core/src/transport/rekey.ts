/** RFC 4253 §9: when keys are to be changed. */

/** A rekey is due when either direction has carried this much under its keys, or when they are this old. */
export interface RekeyLimits {
  readonly bytes: number;
  readonly packets: number;
  readonly milliseconds: number;
}

/** RFC 4253 §9 recommends a gigabyte and an hour; 2^28 packets stay far from the reuse of a sequence number (RFC 4344 §3.1). */
export const DEFAULT_REKEY_LIMITS: RekeyLimits = { bytes: 2 ** 30, packets: 2 ** 28, milliseconds: 3_600_000 };

/** How long an exchange may take from our KEXINIT to the peer's NEWKEYS, in ms. */
export const REKEY_TIMEOUT = 30_000;

export interface KeyUse {
  readonly bytes: number;
  readonly packets: number;
}

/** Whether keys that came at `since` and have been used so are to be changed at `now` (both in ms). */
export function isRekeyDue(uses: readonly KeyUse[], since: number, now: number, limits: RekeyLimits): boolean {
  return (
    now - since >= limits.milliseconds || uses.some((use) => use.bytes >= limits.bytes || use.packets >= limits.packets)
  );
}
