/** Answers "why would I get a 401?" and lists every check. */

import { fill, h } from './dom.js';
import type { Check, Verdict, View } from './report.js';
import { shown } from './text.js';

const BADGES: Readonly<Record<Verdict, string>> = {
  pass: 'passes',
  fail: 'fails',
  warn: 'mind this',
  unknown: 'not known',
};

/** The headline. Announced by screen readers, so it is only touched when it changes. */
export function showVerdict(into: HTMLElement, view: View | undefined): void {
  if (!view) {
    fill(into, h('p', { class: 'note' }, 'Paste a token and the answer stands here.'));
    return;
  }
  const [tone, text] = headline(view);
  const line = h('p', { class: `headline ${tone}` }, text);
  if (into.firstElementChild?.textContent !== text || into.firstElementChild?.className !== line.className) {
    fill(into, line);
  }
}

/** What fails and how to put it right; then what could not be seen; then what is worth knowing. */
export function showReasons(into: HTMLElement, view: View | undefined): void {
  if (!view) {
    fill(into);
    return;
  }
  const failing = view.checks.filter(({ verdict }) => verdict === 'fail');
  const open = view.checks.filter(({ verdict }) => verdict === 'unknown');
  fill(
    into,
    list(failing),
    open.length > 0 && h('h3', {}, 'Not seen from here'),
    list(open),
    view.warnings.length > 0 && h('h3', {}, 'Worth knowing'),
    list(view.warnings),
  );
}

/** Every check with its verdict. */
export function showChecks(into: HTMLElement, checks: Check[]): void {
  const rows = checks.map((check) =>
    h(
      'tr',
      {},
      h('td', {}, h('span', { class: `badge ${check.verdict}` }, BADGES[check.verdict])),
      h('th', { scope: 'row' }, check.name),
      h('td', {}, shown(check.sentence)),
    ),
  );
  fill(into, h('table', { 'aria-label': 'Checks' }, h('tbody', {}, ...rows)));
}

function headline(view: View): [tone: string, text: string] {
  const failing = view.checks.filter(({ verdict }) => verdict === 'fail').length;
  if (failing > 0) {
    return [
      'bad',
      failing === 1 ? 'It would be refused, for one reason.' : `It would be refused, for ${failing} reasons.`,
    ];
  }
  return view.checks.some(({ verdict }) => verdict === 'unknown')
    ? ['open', 'Nothing seen so far would refuse it, but not everything can be seen.']
    : ['good', 'Every check passes.'];
}

function list(checks: Check[]): HTMLElement | null {
  if (checks.length === 0) {
    return null;
  }
  const items = checks.map((check) =>
    h(
      'li',
      {},
      h('strong', {}, shown(check.sentence)),
      check.fix !== undefined && h('span', { class: 'fix' }, shown(check.fix)),
    ),
  );
  return h('ul', { class: 'reasons' }, ...items);
}
