/** Output and exit codes of the command line. @module */
import type { HelpConfiguration } from 'commander';

/** Exit codes; part of the interface. */
export const EXIT = { fine: 0, refused: 1, usage: 2, broken: 3 } as const;

/** An error with a message and an exit code. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly exit: number = EXIT.usage,
  ) {
    super(message);
  }
}

type Paint = (text: string) => string;

/** Whether a stream gets color: it is a terminal and NO_COLOR is not set, or FORCE_COLOR is set. */
function usesColor(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false;
  return Boolean(process.env.FORCE_COLOR) || stream.isTTY === true;
}

const ansi =
  (code: number, stream: NodeJS.WriteStream): Paint =>
  (text) =>
    usesColor(stream) ? `\x1b[${code}m${text}\x1b[0m` : text;

export const bold = ansi(1, process.stdout);
export const dim = ansi(2, process.stdout);
export const red = ansi(31, process.stdout);
export const green = ansi(32, process.stdout);
export const yellow = ansi(33, process.stdout);
export const cyan = ansi(36, process.stdout);

/** Prints the error to standard error and sets the exit code. */
export function fail(message: string, exit: number): void {
  process.stderr.write(`${ansi(31, process.stderr)('error:')} ${message}\n`);
  process.exitCode = exit;
}

/** One line of output. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Messages for people, separate from the output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Output for scripts: one JSON document. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

/** Help headings in bold. */
export function helpStyle(): HelpConfiguration {
  return { styleTitle: bold, styleCommandText: cyan, styleOptionText: cyan };
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** A NumericDate in readable form: `2026-01-02T03:04:05Z, in 15 minutes`. */
export function moment(seconds: unknown, now = Date.now() / 1000): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return '';
  const away = seconds - now;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? (['second', 1] as const);
  const relative = new Intl.RelativeTimeFormat('en').format(Math.round(away / size), unit);
  return `${new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')}, ${relative}`;
}

const DATES = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at']);

/** Claims or a header, one member per line, with readable dates. */
export function sayMembers(title: string, members: object): void {
  say(bold(title));
  const width = Math.max(0, ...Object.keys(members).map((name) => name.length));
  for (const [name, value] of Object.entries(members)) {
    const when = DATES.has(name) ? moment(value) : '';
    say(`  ${cyan(name.padEnd(width))}  ${JSON.stringify(value)}${when === '' ? '' : `  ${dim(when)}`}`);
  }
}
