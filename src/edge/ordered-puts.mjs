/**
 * A KV namespace to which each key is put once at a time. Puts that overlap may arrive in either order, and the one that arrives last
 * stays, so an older moment could replace a newer one.
 *
 * While a put is under way, only the newest put of the same key waits behind it; those before that share its end. A put counts as
 * under way until it settles, even when its caller has stopped waiting: it may still arrive.
 */
export function orderedPuts(namespace) {
  /** What waits, by the key that is under way. */
  const underWay = new Map();

  function put(key, ...rest) {
    if (!underWay.has(key)) return begin(key, rest);
    const waiting = underWay.get(key) ?? Promise.withResolvers();
    underWay.set(key, { ...waiting, rest });
    return waiting.promise;
  }

  async function begin(key, rest) {
    underWay.set(key, undefined);
    try {
      return await namespace.put(key, ...rest);
    } finally {
      const waiting = underWay.get(key);
      underWay.delete(key);
      waiting?.resolve(begin(key, waiting.rest));
    }
  }

  return { put };
}
