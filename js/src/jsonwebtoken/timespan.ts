import ms from 'ms';

/**
 * A point in time `span` after `start`, in whole seconds since 1970 for text, exact for numbers.
 *
 * Numbers are seconds. Strings are parsed by `ms`, where a bare number counts milliseconds: `"120"` is 0.12 s.
 *
 * @returns undefined if `span` is neither, or if `ms` cannot parse it
 */
export function after(start: number, span: unknown): number | undefined {
  if (typeof span === 'number') return start + span;
  if (typeof span !== 'string') return undefined;
  const milliseconds: number | undefined = ms(span as ms.StringValue);
  return milliseconds === undefined ? undefined : Math.floor(start + milliseconds / 1000);
}

/** The current time, in whole seconds since 1970. Read at each call, so that a test can replace `Date`. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
