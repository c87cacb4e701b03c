/** A key set's step from one signing key to the next. The members are those that the Worker reads. @module */
import type { Jwk } from '../internal.js';
import { Failure } from './ui.js';

/** The members that say where a key is in its life. */
export interface Life {
  state: 'next' | 'active' | 'retired';
  /** In seconds since 1970, on a retired key. */
  retired_at?: number;
  /** In seconds since 1970, on the next key: since when verifiers could know it. */
  made_at?: number;
}

type Living = Jwk & Life;

/** What a rotation is asked to do. */
export interface Asked {
  /** How long retired keys stay. */
  keepSeconds: number;
  /** Whether the next key may sign before verifiers have had the time to fetch it. */
  now: boolean;
}

/** What came of it. */
export interface Rotated {
  keys: Living[];
  /** What was done, in words. */
  did: string;
  /** When the second command is due, in words. */
  nextRotation: string;
}

/** How long verifiers may go on with the keys they have fetched: ours 10 minutes, others seldom longer than this. */
const KNOWN_AFTER = 3600;

/** The key that waits. */
export function nextIn(key: Jwk, now: number): Living {
  return { ...key, state: 'next', made_at: now };
}

/** A set from before there were states: the first signed, the others only verified. */
export function unstated(keys: (Jwk & Partial<Life>)[], now: number): Living[] {
  if (keys.some(({ state }) => state !== undefined)) return keys as Living[];
  return keys.map((key, at) => ({
    ...key,
    ...(at === 0 ? { state: 'active' } : { state: 'retired', retired_at: now }),
  }));
}

/**
 * The set after one step. Without a next key the step is to get one: it may sign only after verifiers had the time to learn of it.
 *
 * @throws Failure when the set is none, or the next key too young
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
 * The set in place of one that somebody else has. None of its keys stays: who has the active one has the file, and with it the next
 * key and the retired ones, which verify too.
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
