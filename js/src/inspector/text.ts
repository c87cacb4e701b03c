/** Shows text from outside as what it is: characters that hide or reorder text are drawn as small labels. */

import { h } from './dom.js';

/** Longest run of foreign text put on the page at once, in UTF-16 units. */
export const LONGEST_SHOWN = 20_000;

/**
 * Controls, format characters (bidirectional overrides and isolates, zero-width ones, tags), line and paragraph separators, lone surrogates
 * and the fillers that look like nothing. Tab, line feed and the joiner that emoji are made with stay.
 */
const HIDDEN = /(?![\t\n\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;

/** The text as nodes. Left to right, isolated from what stands around it. */
export function shown(text: string): HTMLElement {
  const holder = h('bdi', { class: 'foreign', dir: 'auto' });
  const cut = text.length > LONGEST_SHOWN ? text.slice(0, LONGEST_SHOWN) : text;
  let from = 0;
  for (const match of cut.matchAll(HIDDEN)) {
    holder.append(cut.slice(from, match.index), hidden(match[0]));
    from = match.index + match[0].length;
  }
  holder.append(cut.slice(from));
  if (cut.length < text.length) {
    holder.append(h('span', { class: 'cut' }, ` … ${(text.length - cut.length).toLocaleString('en')} more characters`));
  }
  return holder;
}

function hidden(character: string): HTMLElement {
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return h('span', { class: 'hidden-char', title: 'a character that cannot be seen' }, `U+${point}`);
}
