/** Draws a token part by part, and its header and claims as tables. */

import { type Child, fill, h } from './dom.js';
import type { Report } from './engine.js';
import { MOST_ROWS, shown } from './text.js';
import { relative, utc } from './time.js';
import { CLAIM_WORDS, HEADER_WORDS, TIME_CLAIMS } from './words.js';

/**
 * Longest part that is shown in full. Of a longer one, the middle is omitted, so that a page of base64 does not slow
 * the browser down.
 */
const LONGEST_PART = 12_000;

/** The token in colors. */
export function showToken(into: HTMLElement, parts: Report['parts']): void {
  into.hidden = parts.length === 0;
  const pieces: Child[] = [];
  for (const [index, part] of parts.entries()) {
    if (index > 0) {
      pieces.push(h('span', { class: 'dot' }, '.'));
    }
    pieces.push(h('span', { class: `part ${part.name}`, title: part.name.replace('-', ' ') }, shorten(part.encoded)));
  }
  fill(into, ...pieces);
}

/** Header and claims, member by member. */
export function showContents(into: HTMLElement, view: Report, now: number): void {
  fill(
    into,
    view.header && h('h3', { class: 'part-title header' }, 'Header'),
    view.header && memberTable('Header', view.header, HEADER_WORDS, now, false),
    view.claims && h('h3', { class: 'part-title payload' }, 'Claims'),
    view.claims && memberTable('Claims', view.claims, CLAIM_WORDS, now, true),
  );
}

/** A value as JSON text, or the bare text of a string. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value));
}

function memberTable(
  label: string,
  members: Record<string, unknown>,
  words: Readonly<Record<string, string>>,
  now: number,
  times: boolean,
): HTMLElement {
  const entries = Object.entries(members);
  const rows = entries.slice(0, MOST_ROWS).map(([name, value]) => {
    const meaning = Object.hasOwn(words, name) ? words[name] : undefined;
    const moment = times && TIME_CLAIMS.has(name) && typeof value === 'number' ? value * 1000 : undefined;
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, shown(name)),
      h(
        'td',
        {},
        h(
          'div',
          { class: 'member' },
          h(
            'div',
            {},
            h('pre', {}, shown(valueText(value))),
            moment !== undefined && h('small', {}, `${utc(moment)} · ${relative(moment, now)}`),
          ),
          meaning !== undefined && h('small', { class: 'meaning' }, meaning),
        ),
      ),
    );
  });
  return h('table', { 'aria-label': label }, h('tbody', {}, ...rows, moreRows(entries.length)));
}

/** Says how many rows are omitted, if any are. */
export function moreRows(count: number): Child {
  return (
    count > MOST_ROWS &&
    h('tr', {}, h('td', { class: 'cut', colspan: 3 }, `… ${(count - MOST_ROWS).toLocaleString('en')} more`))
  );
}

function shorten(text: string): string {
  if (text.length <= LONGEST_PART) {
    return text;
  }
  const half = LONGEST_PART / 2;
  return `${text.slice(0, half)} … ${(text.length - LONGEST_PART).toLocaleString('en')} characters … ${text.slice(-half)}`;
}
