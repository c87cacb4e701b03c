/** Compares two tokens member by member. */

import { byId, fill, h } from './dom.js';
import { look, type Report } from './engine.js';
import { moreRows, valueText } from './show-token.js';
import { onChange } from './state.js';
import { MOST_ROWS, shown } from './text.js';

/** Longest text accepted as the other token, in UTF-16 units. */
const LONGEST = 64 * 1024;

const field = byId<HTMLTextAreaElement>('other');
const out = byId('differences');
let mine = '';

/** Connects the panel. */
export function connectCompare(): void {
  field.addEventListener('input', () => void compare());
  onChange(({ text }) => {
    if (text !== mine) {
      mine = text;
      void compare();
    }
  });
}

async function compare(): Promise<void> {
  const theirs = field.value.slice(0, LONGEST).trim();
  if (theirs === '') {
    fill(out);
    return;
  }
  if (mine === '') {
    fill(out, h('p', { class: 'note' }, 'Paste the first token above.'));
    return;
  }
  const [left, right] = [await look(mine), await look(theirs)];
  if (left.token === null || right.token === null) {
    fill(
      out,
      h('p', { class: 'note' }, `There is no token in ${left.token === null ? 'the first text' : 'this text'}.`),
    );
    return;
  }
  if (left.token === right.token) {
    fill(out, h('p', { class: 'note' }, 'The two tokens are identical.'));
    return;
  }
  const rows = [
    ...differences('header', left.header, right.header),
    ...differences('claims', left.claims, right.claims),
  ];
  const differing = rows.filter(({ differs }) => differs);
  const same = rows.length - differing.length;
  fill(
    out,
    h('p', {}, sentence(differing.length, same)),
    h(
      'div',
      { class: 'wide' },
      h(
        'table',
        { 'aria-label': 'Differences' },
        h(
          'thead',
          {},
          h('tr', {}, ...['Member', 'This token', 'Other token'].map((text) => h('th', { scope: 'col' }, text))),
        ),
        h('tbody', {}, ...differing.slice(0, MOST_ROWS).map(row), moreRows(differing.length)),
      ),
    ),
  );
}

interface Difference {
  where: string;
  name: string;
  left: unknown;
  right: unknown;
  differs: boolean;
}

function differences(where: string, left: Report['claims'], right: Report['claims']): Difference[] {
  const names = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})]);
  const member = (of: Report['claims'], name: string) => (of && Object.hasOwn(of, name) ? of[name] : undefined);
  return [...names].map((name) => {
    const [one, two] = [member(left, name), member(right, name)];
    return { where, name, left: one, right: two, differs: JSON.stringify(one) !== JSON.stringify(two) };
  });
}

function sentence(differing: number, same: number): string {
  const rest = same === 0 ? '' : ` ${same} ${same === 1 ? 'is' : 'are'} the same.`;
  return differing === 0
    ? `Header and claims are the same; the encoding or the signatures differ.${rest}`
    : `${differing} ${differing === 1 ? 'member differs' : 'members differ'}.${rest}`;
}

function row({ where, name, left, right }: Difference): HTMLElement {
  return h('tr', {}, h('th', { scope: 'row' }, shown(name), h('small', {}, where)), cell(left), cell(right));
}

function cell(value: unknown): HTMLElement {
  return h('td', {}, value === undefined ? h('small', {}, 'missing') : h('pre', {}, shown(valueText(value))));
}
