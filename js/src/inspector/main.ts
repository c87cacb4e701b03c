/** The inspector page: connects what is put in with what is shown. */

import { connectCompare } from './compare-panel.js';
import { byId } from './dom.js';
import { examine, makeExample, type Report, ready } from './engine.js';
import { connectForge } from './forge-panel.js';
import { connectInput, sayFound } from './input.js';
import { connectShare } from './share-panel.js';
import { showChecks, showReasons, showVerdict } from './show-answer.js';
import { lifeOf, showTimes, tick } from './show-times.js';
import { showContents, showToken } from './show-token.js';
import { current, onChange } from './state.js';
import { connectVerify } from './verify-panel.js';

const TOO_OLD =
  'This page could not load its WebAssembly. It needs a browser of 2023 or later, and a server that delivers page.wasm beside it.';

/** What stands on the page, and which of its checks a moment on the clock will change. */
let report: Report | undefined;
let nextTurn = Number.POSITIVE_INFINITY;
let latest = 0;
let drawnAt = 0;

connectInput(makeExample);
connectVerify();
connectCompare();
connectForge();
onChange(() => void render());
connectShare();
setInterval(passTime, 1000);
ready().then(
  () => document.documentElement.setAttribute('data-ready', ''),
  () => {
    byId('verdict').textContent = TOO_OLD;
  },
);

/** Examines the present text and draws the answer. An answer that comes after a newer question is dropped. */
async function render(): Promise<void> {
  latest += 1;
  const mine = latest;
  const state = current();
  const now = Date.now();
  const next = state.text === '' ? undefined : await examine(state, now);
  if (mine === latest) {
    report = next;
    nextTurn = Math.min(...(next?.moments ?? []).map(({ at }) => at + LEEWAY).filter((at) => at > now));
    draw(now);
  }
}

/** The leeway of the library's verifiers, in milliseconds: an expired token passes for that long. */
const LEEWAY = 5000;

/** How long words about times stand, in milliseconds. */
const WORDS_LAST = 30_000;

/** Moves the bar on; and asks again when a moment is reached that may change a verdict. */
function passTime(): void {
  const now = Date.now();
  if (report) {
    tick(byId('times'), lifeOf(report), now);
  }
  // Words like “in 9 minutes” age too; but not under somebody's hand who is marking them.
  const idle = report && now - drawnAt >= WORDS_LAST && (getSelection()?.isCollapsed ?? true);
  if (now >= nextTurn || idle) {
    void render();
  }
}

function draw(now: number): void {
  drawnAt = now;
  byId('times-card').hidden = !report?.claims;
  byId('contents-card').hidden = !report?.header && !report?.claims;
  byId('checks-card').hidden = !report?.checks.length;
  showToken(byId('token'), report?.parts ?? []);
  showVerdict(byId('verdict'), report);
  showReasons(byId('reasons'), report);
  if (report) {
    sayFound(report);
    showTimes(byId('times'), lifeOf(report), now);
    showContents(byId('contents'), report, now);
    showChecks(byId('checks'), report.checks);
  }
}
