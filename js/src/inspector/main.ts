/** The inspector page: connects what is put in with what is shown. */

import { connectCompare } from './compare-panel.js';
import { byId } from './dom.js';
import { examine, makeExample, ready } from './engine.js';
import { connectForge } from './forge-panel.js';
import { connectInput } from './input.js';
import { moments, type View } from './report.js';
import { connectShare } from './share-panel.js';
import { showChecks, showReasons, showVerdict } from './show-answer.js';
import { showTimes, tick } from './show-times.js';
import { showContents, showToken } from './show-token.js';
import { current, onChange } from './state.js';
import { connectVerify } from './verify-panel.js';

let view: View | undefined;
let latest = 0;

connectInput(makeExample);
connectVerify();
connectCompare();
connectForge();
onChange(() => void render());
connectShare();
setInterval(() => view && tick(byId('times'), moments(view.claims), Date.now()), 1000);
ready().then(
  () => document.documentElement.setAttribute('data-ready', ''),
  () => {
    byId('verdict').textContent =
      'This page could not load its WebAssembly. It needs a browser of 2023 or later, and a server that delivers core.wasm beside it.';
  },
);

/** Examines the present token and draws the answer. An answer that comes after a newer question is dropped. */
async function render(): Promise<void> {
  latest += 1;
  const mine = latest;
  const state = current();
  const next = state.token === '' ? undefined : await examine(state, Date.now());
  if (mine === latest) {
    view = next;
    draw();
  }
}

function draw(): void {
  const now = Date.now();
  const judged = view?.checks.length ? view : undefined;
  byId('times-card').hidden = !view?.claims;
  byId('contents-card').hidden = !view?.header && !view?.claims;
  byId('checks-card').hidden = !judged;
  showToken(byId('token'), view?.parts ?? []);
  showVerdict(byId('verdict'), view);
  showReasons(byId('reasons'), view);
  if (view) {
    showTimes(byId('times'), moments(view.claims), now);
    showContents(byId('contents'), view, now);
    showChecks(byId('checks'), view.checks);
  }
}
