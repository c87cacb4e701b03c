/** Formats times. All arithmetic is in milliseconds since 1970; token times are seconds (RFC 7519 NumericDate). */

const UNITS: ReadonlyArray<[Intl.RelativeTimeFormatUnit, number]> = [
  ['year', 365.25 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** The latest time that a Date can represent. */
const LAST_MOMENT = 8.64e15;

const relativeWords = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `in 3 minutes`, `2 days ago`. */
export function relative(moment: number, now: number): string {
  const difference = moment - now;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(difference) >= size) ?? ['second', 1000];
  return relativeWords.format(Math.trunc(difference / size), unit);
}

/** A duration: `15 minutes`, `7 days`. */
export function span(millis: number): string {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(millis) >= size) ?? ['second', 1000];
  const count = Math.round((millis / size) * 10) / 10;
  return `${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`;
}

/** In the person's time zone. */
export function local(moment: number): string {
  if (!onCalendar(moment)) {
    return 'out of range';
  }
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' }).format(moment);
}

/** ISO 8601 in UTC. */
export function utc(moment: number): string {
  return onCalendar(moment) ? new Date(moment).toISOString().replace('.000Z', 'Z') : 'out of range';
}

function onCalendar(moment: number): boolean {
  return Number.isFinite(moment) && Math.abs(moment) <= LAST_MOMENT;
}
