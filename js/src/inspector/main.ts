/** The inspector page: connects input and output. */

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
  'The page could not load its WebAssembly module. Use a browser from 2023 or later, and make sure page.wasm is served next to this page.';

/** The displayed report, and the next time at which one of its checks can change. */
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

/** Inspects the current text and draws the report. A report that arrives after newer input is dropped. */
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

/** How long relative times are shown before they are updated, in milliseconds. */
const WORDS_LAST = 30_000;

/** Moves the bar; inspects again when a time is reached that may change a verdict. */
function passTime(): void {
  const now = Date.now();
  if (report) {
    tick(byId('times'), lifeOf(report), now);
  }
  // Text like “in 9 minutes” becomes outdated, too. It is not replaced while the person is selecting it.
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
