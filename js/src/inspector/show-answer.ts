/** Answers "why would I get a 401?" and lists every check. */

import { fill, h } from './dom.js';
import type { Finding, InspectVerdict, Report } from './engine.js';
import { shown } from './text.js';

const BADGES: Readonly<Record<InspectVerdict, string>> = {
  pass: 'passes',
  fail: 'fails',
  warn: 'warning',
  'not-checked': 'not checked',
};

const HOW_TO_KNOW: Readonly<Record<string, string>> = {
  signature: 'Enter the secret or public key under “Verify signature”.',
  issuer: 'Enter the issuer your server expects below.',
  audience: 'Enter the audience your server expects below.',
};

/** The headline. Screen readers announce it, so it is only changed when its text changes. */
export function showVerdict(into: HTMLElement, report: Report | undefined): void {
  if (!report || report.kind === 'empty') {
    fill(into, h('p', { class: 'note' }, 'Paste a token to see the answer here.'));
    return;
  }
  const line = h('p', { class: `headline ${toneOf(report)}` }, report.summary);
  if (into.firstElementChild?.textContent !== report.summary || into.firstElementChild.className !== line.className) {
    fill(into, line);
  }
}

/** Failed checks with their fixes, then checks that need more input, then warnings. */
export function showReasons(into: HTMLElement, report: Report | undefined): void {
  if (!report || report.kind === 'empty') {
    fill(into);
    return;
  }
  const failing = report.checks.filter(({ verdict }) => verdict === 'fail');
  const unseen =
    failing.length > 0
      ? []
      : report.checks.filter(({ name, verdict }) => verdict === 'not-checked' && Object.hasOwn(HOW_TO_KNOW, name));
  fill(
    into,
    report.checks.length === 0 && advice(report),
    list(failing),
    unseen.length > 0 && h('h3', {}, 'Can’t be checked from here'),
    list(unseen.map((finding) => ({ ...finding, fix: HOW_TO_KNOW[finding.name] ?? null }))),
    report.warnings.length > 0 && h('h3', {}, 'Warnings'),
    list(report.warnings),
  );
}

/** All checks, each with its verdict. */
export function showChecks(into: HTMLElement, checks: Finding[]): void {
  const rows = checks.map((check) =>
    h(
      'tr',
      {},
      h('td', {}, h('span', { class: `badge ${check.verdict}` }, BADGES[check.verdict])),
      h('th', { scope: 'row' }, check.name.replaceAll('-', ' ')),
      h('td', {}, shown(check.sentence)),
    ),
  );
  fill(into, h('table', { 'aria-label': 'Checks' }, h('tbody', {}, ...rows)));
}

function toneOf({ kind, checks }: Report): 'good' | 'bad' | 'open' {
  if ((kind !== 'jwt' && kind !== 'jws') || checks.some(({ verdict }) => verdict === 'fail')) {
    return 'bad';
  }
  return checks.some(({ name, verdict }) => name === 'signature' && verdict === 'pass') ? 'good' : 'open';
}

function advice({ advice }: Report): HTMLElement {
  return h('ul', { class: 'reasons' }, ...advice.map((text) => h('li', {}, h('span', { class: 'fix' }, shown(text)))));
}

function list(findings: Finding[]): HTMLElement | null {
  if (findings.length === 0) {
    return null;
  }
  const items = findings.map(({ sentence, fix }) =>
    h('li', {}, h('strong', {}, shown(sentence)), fix !== null && h('span', { class: 'fix' }, shown(fix))),
  );
  return h('ul', { class: 'reasons' }, ...items);
}
