/** What the person entered, and the listeners to its changes. */

import type { Keys } from './engine.js';

/** The server's expectations that the person entered. Empty means: not checked. */
export interface Wanted {
  issuer: string;
  audience: string;
  typ: string;
}

/** Everything that the person entered. */
export interface State {
  /** The pasted, dropped or typed text; empty at first. */
  text: string;
  keys: Keys | undefined;
  wanted: Wanted;
}

const state: State = { text: '', keys: undefined, wanted: { issuer: '', audience: '', typ: '' } };
const listeners: Array<(state: Readonly<State>) => void> = [];

/** The current state. */
export function current(): Readonly<State> {
  return state;
}

/** Changes a part of it and notifies all listeners. */
export function change(part: Partial<State>): void {
  Object.assign(state, part);
  for (const listener of listeners) {
    listener(state);
  }
}

/** Adds a listener. */
export function onChange(listener: (state: Readonly<State>) => void): void {
  listeners.push(listener);
}
