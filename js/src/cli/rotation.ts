/** Rotates a key set. The members are those that the Worker reads. @module */
import type { Jwk } from '../internal.js';
import { Failure } from './ui.js';

/** The members that record the rotation state of a key. */
export interface Life {
  state: 'next' | 'active' | 'retired';
  /** In seconds since 1970, on a retired key. */
  retired_at?: number;
  /** In seconds since 1970, on the next key: when it was first published. */
  made_at?: number;
}

type Living = Jwk & Life;

/** Options of a rotation. */
export interface Asked {
  /** How long retired keys stay. */
  keepSeconds: number;
  /** Whether the next key may sign before verifiers had time to fetch it. */
  now: boolean;
}

/** The result of a rotation. */
export interface Rotated {
  keys: Living[];
  /** What was done, as text. */
  did: string;
  /** When the second command is due, as text. */
  nextRotation: string;
}

/** How long verifiers may use the keys that they have fetched: ours 10 minutes, others rarely longer than this. */
const KNOWN_AFTER = 3600;

/** The next key. */
export function nextIn(key: Jwk, now: number): Living {
  return { ...key, state: 'next', made_at: now };
}

/** A set from before there were states: the first key signed, the others only verified. */
export function unstated(keys: (Jwk & Partial<Life>)[], now: number): Living[] {
  if (keys.some(({ state }) => state !== undefined)) return keys as Living[];
  return keys.map((key, at) => ({
    ...key,
    ...(at === 0 ? { state: 'active' } : { state: 'retired', retired_at: now }),
  }));
}

/**
 * The set after one step. If there is no next key, the step is to add one: it may sign only after verifiers had time to
 * fetch it.
 *
 * @throws Failure if the set is invalid, or the next key too recent
 */
export function rotated(keys: readonly Living[], fresh: Jwk, asked: Asked, now: number): Rotated {
  const active = one(keys, 'active');
  if (active === undefined) throw new Failure('no key of the set is active');
  const next = one(keys, 'next');
  const kept = keys.filter((key) => key.state === 'retired' && now - (key.retired_at ?? now) < asked.keepSeconds);
  if (next === undefined) {
    return {
      keys: [active, nextIn(fresh, now), ...kept],
      did: `${active.kid} goes on signing; ${fresh.kid} comes next, once verifiers know it.`,
      nextRotation: 'In an hour, when verifiers have fetched it, let it sign:',
    };
  }
  const age = now - (next.made_at ?? 0);
  if (age < KNOWN_AFTER && !asked.now) {
    throw new Failure(
      `the next key was made ${Math.floor(age / 60)} minutes ago, and some verifiers may not know it yet: rotate after an hour, or say --now`,
    );
  }
  const signer: Living = { ...next, state: 'active', made_at: undefined };
  const before: Living = { ...active, state: 'retired', retired_at: now };
  return {
    keys: [signer, nextIn(fresh, now), before, ...kept],
    did: `${signer.kid} signs; ${active.kid} is retired and verifies what it signed until that has expired.`,
    nextRotation: THE_NEXT_TIME,
  };
}

/**
 * The replacement for a compromised set. None of its keys is kept: an attacker with the active key has the file, and
 * therefore also the next key and the retired keys, which still verify.
 */
export function renewed(first: Jwk, next: Jwk, now: number): Rotated {
  return {
    keys: [{ ...first, state: 'active' }, nextIn(next, now)],
    did: `${first.kid} signs; every key of the set before is gone, and with them every token they signed.`,
    nextRotation: THE_NEXT_TIME,
  };
}

const THE_NEXT_TIME = 'The next time, in an hour at the earliest:';

function one(keys: readonly Living[], state: Life['state']): Living | undefined {
  const [found, second] = keys.filter((key) => key.state === state);
  if (second !== undefined) throw new Failure(`the keys ${found?.kid} and ${second.kid} are both ${state}`);
  return found;
}
