/** What can be seen of a call from outside, in a form two packages can be compared by. */

/** Runs a synchronous call. */
export function observe(call) {
  try {
    return { returned: call() };
  } catch (error) {
    return { threw: describeError(error) };
  }
}

/**
 * Runs a call that takes a callback, and waits until the callback can no longer come.
 *
 * @param call - gets the callback to hand on
 */
export async function observeCallback(call) {
  const calls = [];
  let returned = false;
  const outcome = observe(() =>
    call((...args) => {
      const [error, ...rest] = args;
      calls.push({ later: returned, error: error && describeError(error), rest, count: args.length });
    }),
  );
  returned = true;
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => process.nextTick(resolve));
  return { ...outcome, returned: undefined, calls };
}

/** An error's class, message and own members, in the order `JSON.stringify` would give them. */
export function describeError(error) {
  if (!(error instanceof Error)) return { value: error };
  const members = Object.keys(error).map((key) => [key, plain(error[key])]);
  return { class: error.constructor.name || error.name, name: error.name, message: error.message, members };
}

function plain(value) {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  return value instanceof Error ? describeError(value) : value;
}

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    pick: (list) => list[Math.floor(next() * list.length)],
    chance: (probability) => next() < probability,
  };
}
