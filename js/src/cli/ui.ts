/** How the command line looks and ends. @module */
import type { HelpConfiguration } from 'commander';

/** Exit codes; part of the interface. */
export const EXIT = { fine: 0, refused: 1, usage: 2, broken: 3 } as const;

/** An end with a sentence and an exit code. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly exit: number = EXIT.usage,
  ) {
    super(message);
  }
}

type Paint = (text: string) => string;

/** Whether a stream takes colour: a terminal, unless NO_COLOR says otherwise; or FORCE_COLOR says so. */
function takesColour(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false;
  return Boolean(process.env.FORCE_COLOR) || stream.isTTY === true;
}

const ansi =
  (code: number, stream: NodeJS.WriteStream): Paint =>
  (text) =>
    takesColour(stream) ? `\x1b[${code}m${text}\x1b[0m` : text;

export const bold = ansi(1, process.stdout);
export const dim = ansi(2, process.stdout);
export const red = ansi(31, process.stdout);
export const green = ansi(32, process.stdout);
export const yellow = ansi(33, process.stdout);
export const cyan = ansi(36, process.stdout);

/** Says why on standard error, and ends with that code. */
export function fail(message: string, exit: number): void {
  process.stderr.write(`${ansi(31, process.stderr)('error:')} ${message}\n`);
  process.exitCode = exit;
}

/** One line of output. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Lines for people beside the output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A value for scripts: one JSON document. */
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

/** A NumericDate as a person says it: `2026-01-02T03:04:05Z, in 15 minutes`. */
export function moment(seconds: unknown, now = Date.now() / 1000): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return '';
  const away = seconds - now;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? (['second', 1] as const);
  const relative = new Intl.RelativeTimeFormat('en').format(Math.round(away / size), unit);
  return `${new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')}, ${relative}`;
}

const DATES = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at']);

/** Claims or a header, a member a line, with dates said in words. */
export function sayMembers(title: string, members: object): void {
  say(bold(title));
  const width = Math.max(0, ...Object.keys(members).map((name) => name.length));
  for (const [name, value] of Object.entries(members)) {
    const when = DATES.has(name) ? moment(value) : '';
    say(`  ${cyan(name.padEnd(width))}  ${JSON.stringify(value)}${when === '' ? '' : `  ${dim(when)}`}`);
  }
}
