/** Displays untrusted text safely: characters that hide or reorder text are drawn as small labels. */

import { h } from './dom.js';

/** Longest run of untrusted text that is put on the page at once, in UTF-16 units. */
export const LONGEST_SHOWN = 20_000;

/** Maximum number of labels in one text. Each is an element, and laying out ten thousand takes seconds. */
const MOST_LABELS = 200;

/** Maximum number of members of one object, or differences of two, that are put on the page at once. */
export const MOST_ROWS = 500;

/**
 * Control and format characters (bidirectional overrides and isolates, zero-width characters, tags), line and paragraph
 * separators, lone surrogates and invisible fillers. Tab, line feed and the joiner in emoji are displayed normally.
 */
const HIDDEN = /((?![\t\n\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0])\1*/gu;

/** The text as nodes, left to right and isolated from the surrounding text. */
export function shown(text: string): HTMLElement {
  const holder = h('bdi', { class: 'foreign', dir: 'auto' });
  let cut = text.length > LONGEST_SHOWN ? text.slice(0, LONGEST_SHOWN) : text;
  let from = 0;
  let labels = 0;
  for (const match of cut.matchAll(HIDDEN)) {
    if (labels === MOST_LABELS) {
      cut = cut.slice(0, match.index);
      break;
    }
    labels += 1;
    holder.append(cut.slice(from, match.index), hidden(match[0]));
    from = match.index + match[0].length;
  }
  holder.append(cut.slice(from));
  if (cut.length < text.length) {
    holder.append(h('span', { class: 'cut' }, ` … ${(text.length - cut.length).toLocaleString('en')} more characters`));
  }
  return holder;
}

/** An invisible character, or a run of the same one. */
function hidden(run: string): HTMLElement {
  const point = run.codePointAt(0) ?? 0;
  const count = run.length / String.fromCodePoint(point).length;
  const name = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  const title = 'an invisible character';
  return h('span', { class: 'hidden-char', title }, count === 1 ? name : `${name} × ${count.toLocaleString('en')}`);
}
