/** What the person has put in, and who wants to know when it changes. */

import type { Keys } from './engine.js';

/** What a server would expect, as far as the person has said. Empty means: not looked at. */
export interface Wanted {
  issuer: string;
  audience: string;
  typ: string;
}

/** Everything the person has put in. */
export interface State {
  /** What was pasted, dropped or typed; empty before. */
  text: string;
  keys: Keys | undefined;
  wanted: Wanted;
}

const state: State = { text: '', keys: undefined, wanted: { issuer: '', audience: '', typ: '' } };
const listeners: Array<(state: Readonly<State>) => void> = [];

/** The present state. */
export function current(): Readonly<State> {
  return state;
}

/** Changes a part of it and tells everyone. */
export function change(part: Partial<State>): void {
  Object.assign(state, part);
  for (const listener of listeners) {
    listener(state);
  }
}

/** Hears every change. */
export function onChange(listener: (state: Readonly<State>) => void): void {
  listeners.push(listener);
}
