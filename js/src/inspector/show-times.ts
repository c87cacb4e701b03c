/** Draws a token's life as a bar from iat through nbf to exp, with a mark at the current time. */

import { fill, h } from './dom.js';
import type { Report } from './engine.js';
import { local, relative, span, utc } from './time.js';

/** A claim that contains a time, in milliseconds since 1970. */
export interface Moment {
  name: 'iat' | 'nbf' | 'exp';
  at: number;
}

const WORDS: Readonly<Record<Moment['name'], string>> = { iat: 'issued', nbf: 'valid from', exp: 'valid until' };

/** The times of a token, in chronological order. */
export function lifeOf({ moments }: Report): Moment[] {
  return moments.flatMap(({ claim, at }) => (claim === 'auth_time' ? [] : [{ name: claim, at }]));
}

/** Draws the times; call it again to update the page to `now`. */
export function showTimes(into: HTMLElement, moments: Moment[], now: number): void {
  if (moments.length === 0) {
    fill(into, h('p', {}, 'It has no time claims, so it never says when it expires.'));
    return;
  }
  fill(into, bar(moments, now), h('p', { class: 'sentence' }, sentence(moments, now)), table(moments, now));
}

/** Updates the mark and the texts without redrawing the bar. */
export function tick(into: HTMLElement, moments: Moment[], now: number): void {
  const mark = into.querySelector<HTMLElement>('.now');
  const line = into.querySelector<HTMLElement>('.line');
  const words = into.querySelector('.sentence');
  if (!mark || !line || !words) {
    return;
  }
  const said = sentence(moments, now);
  if (words.textContent !== said) {
    words.textContent = said;
    line.setAttribute('aria-label', said);
  }
  line.classList.toggle('over', isOver(moments, now));
  mark.style.setProperty('--at', percent(now, scale(moments, now)));
  for (const moment of moments) {
    const cell = into.querySelector(`[data-relative="${moment.name}"]`);
    if (cell) {
      cell.textContent = relative(moment.at, now);
    }
  }
}

/** The state of the token's life in one sentence. */
export function sentence(moments: Moment[], now: number): string {
  const at = (name: Moment['name']) => moments.find((moment) => moment.name === name)?.at;
  const [iat, nbf, exp] = [at('iat'), at('nbf'), at('exp')];
  const life = exp !== undefined && iat !== undefined && exp > iat ? `, out of ${span(exp - iat)}` : '';
  if (exp !== undefined && now >= exp) {
    return `It expired ${relative(exp, now)}${life}.`;
  }
  if (nbf !== undefined && now < nbf) {
    return `It becomes valid ${relative(nbf, now)}.`;
  }
  return exp === undefined ? 'It does not expire.' : `It expires ${relative(exp, now)}${life}.`;
}

function bar(moments: Moment[], now: number): HTMLElement {
  const [from, to] = scale(moments, now);
  const start = moments.find(({ name }) => name === 'nbf') ?? moments.find(({ name }) => name === 'iat');
  const end = moments.find(({ name }) => name === 'exp');
  const life = h('span', { class: 'life' });
  life.style.setProperty('--from', percent(start?.at ?? from, [from, to]));
  life.style.setProperty('--to', percent(end?.at ?? to, [from, to]));
  const mark = h('span', { class: 'now' }, h('span', {}, 'now'));
  mark.style.setProperty('--at', percent(now, [from, to]));
  const line = h(
    'div',
    { class: 'line', role: 'img', 'aria-label': sentence(moments, now) },
    life,
    ...labels(moments, [from, to]),
    mark,
  );
  line.classList.toggle('over', isOver(moments, now));
  return line;
}

/** One label per position: claims with the same position share one. */
function labels(moments: Moment[], range: [number, number]): HTMLElement[] {
  const places: Array<{ at: number; names: string[] }> = [];
  for (const moment of [...moments].sort((a, b) => a.at - b.at)) {
    const near = places.find((place) => Math.abs(place.at - moment.at) < (range[1] - range[0]) * 0.09);
    if (near) {
      near.names.push(moment.name);
    } else {
      places.push({ at: moment.at, names: [moment.name] });
    }
  }
  return places.map(({ at, names }) => {
    const label = h('span', { class: 'mark' }, names.join(' '));
    label.style.setProperty('--at', percent(at, range));
    return label;
  });
}

function table(moments: Moment[], now: number): HTMLElement {
  const rows = moments.map(({ name, at }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', {}, WORDS[name], h('small', { 'data-relative': name }, relative(at, now))),
      h('td', {}, h('time', {}, local(at)), h('small', {}, utc(at))),
    ),
  );
  return h('table', { 'aria-label': 'Times' }, h('tbody', {}, ...rows));
}

/** The period that the bar covers: all times and the current one, with a margin on either side. */
function scale(moments: Moment[], now: number): [number, number] {
  const all = [...moments.map(({ at }) => at), now];
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const room = Math.max((last - first) * 0.06, 1000);
  return [first - room, last + room];
}

function percent(at: number, [from, to]: [number, number]): string {
  return `${Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100)).toFixed(2)}%`;
}

function isOver(moments: Moment[], now: number): boolean {
  return moments.some(({ name, at }) => (name === 'exp' && now >= at) || (name === 'nbf' && now < at));
}
